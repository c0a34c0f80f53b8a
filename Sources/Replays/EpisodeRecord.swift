import Environments
import Foundation
import Runtime

/// A recorded episode: its task, seed and actions, which determine it completely, and its rewards.
public struct EpisodeRecord: Sendable, Hashable, Codable {
  public static let currentFormat = 3
  /// Larger files are refused: 5000 steps need a hundredth of this.
  public static let maximumFileBytes = 64 << 20

  public var format = EpisodeRecord.currentFormat
  public var task: String
  /// Options of the environment.
  public var maximumEpisodeSteps: Int?
  /// Values of the fields that the task declares, by name.
  public var settings: [String: EnvironmentField.Value]
  /// The argument of `Environment.reset`.
  public var seed: UInt64
  public var actions: [RecordedAction] = []
  /// The environment's own reward of each step.
  public var rewards: [Float] = []
  /// The intrinsic reward of each step in its run; empty if unknown.
  public var intrinsicRewards: [Float] = []
  /// The run and checkpoint of the policy, for people.
  public var source = ""

  public init(options: EnvironmentOptions, seed: UInt64) {
    task = options.task
    maximumEpisodeSteps = options.maximumEpisodeSteps
    settings = options.settings
    self.seed = seed
  }

  /// The sum of the rewards.
  public var episodeReturn: Double { rewards.reduce(0) { $0 + Double($1) } }

  public mutating func append(action: RecordedAction, reward: Float) {
    actions.append(action)
    rewards.append(reward)
  }

  /// The options that recreate the environment.
  public func options(gameDirectory: String? = nil) -> EnvironmentOptions {
    EnvironmentOptions(
      task: task, maximumEpisodeSteps: maximumEpisodeSteps, settings: settings, gameDirectory: gameDirectory)
  }

  // MARK: Files

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    format = try values.decode(Int.self, forKey: .format)
    task = try values.decode(String.self, forKey: .task)
    maximumEpisodeSteps = try values.decodeIfPresent(Int.self, forKey: .maximumEpisodeSteps)
    settings = try values.decodeIfPresent([String: EnvironmentField.Value].self, forKey: .settings) ?? [:]
    seed = try values.decode(UInt64.self, forKey: .seed)
    actions = try values.decode([RecordedAction].self, forKey: .actions)
    rewards = try values.decode([Float].self, forKey: .rewards)
    intrinsicRewards = try values.decode([Float].self, forKey: .intrinsicRewards)
    source = try values.decode(String.self, forKey: .source)
    if format == 1 {
      let earlier = try decoder.container(keyedBy: Format1Keys.self)
      for key in Format1Keys.allCases {
        settings[key.rawValue] = try earlier.decode(EnvironmentField.Value.self, forKey: key)
      }
    }
    // The actions of formats 1 and 2 are one number each.
    if format == 1 || format == 2 { format = Self.currentFormat }
  }

  private enum CodingKeys: String, CodingKey {
    case format, task, maximumEpisodeSteps, settings, seed, actions, rewards, intrinsicRewards, source
  }

  /// Files of format 1 have the settings of all tasks of their time next to their other values.
  private enum Format1Keys: String, CodingKey, CaseIterable {
    case character, layouts, wordings
  }

  /// - Throws: `ReplayError` if the file cannot be written.
  public func write(to path: String) throws(ReplayError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    do {
      try PosixFileSystem().deliver(Array(try encoder.encode(self)), to: path)
    } catch {
      throw ReplayError("\(error)")
    }
  }

  /// Reads a file.
  /// - Throws: `ReplayError` that names the file and its fault.
  public init(path: String) throws(ReplayError) {
    let data: Data
    do {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? file.close() }
      data = try file.read(upToCount: Self.maximumFileBytes) ?? Data()
    } catch {
      throw ReplayError("\(path) cannot be read: \(SystemReason.text(of: error))")
    }
    try self.init(data, name: path)
  }

  /// Reads a file's content.
  /// - Parameter name: the file's name in errors.
  /// - Throws: `ReplayError` that names the fault.
  public init(_ data: Data, name: String) throws(ReplayError) {
    let record: EpisodeRecord
    do {
      record = try JSONDecoder().decode(EpisodeRecord.self, from: data)
    } catch {
      throw ReplayError("\(name) is not a recorded episode: \(SystemReason.text(of: error))")
    }
    guard record.format == Self.currentFormat else {
      throw ReplayError("\(name) has format \(record.format); this program reads formats up to \(Self.currentFormat)")
    }
    let counts = [record.rewards.count, record.intrinsicRewards.count]
    guard counts[0] == record.actions.count, counts[1] == 0 || counts[1] == record.actions.count else {
      throw ReplayError("\(name) has \(record.actions.count) actions and \(counts[0]) and \(counts[1]) rewards")
    }
    self = record
  }
}

/// An episode cannot be read, written or replayed.
public struct ReplayError: Error, CustomStringConvertible, Sendable {
  public let description: String

  init(_ description: String) { self.description = description }
}
