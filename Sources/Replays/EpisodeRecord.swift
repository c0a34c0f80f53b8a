import Environments
import Foundation
import Runtime

/// A recorded episode: its task, seed and actions, which determine it completely, and its rewards.
public struct EpisodeRecord: Sendable, Hashable, Codable {
  public static let currentFormat = 1
  /// Larger files are refused: 5000 steps need a hundredth of this.
  public static let maximumFileBytes = 64 << 20

  public var format = EpisodeRecord.currentFormat
  public var task: String
  /// Options of the environment.
  public var maximumEpisodeSteps: Int?
  public var character: String
  public var layouts: Int
  public var wordings: Int
  /// The argument of `Environment.reset`.
  public var seed: UInt64
  public var actions: [Int] = []
  /// The environment's own reward of each step.
  public var rewards: [Float] = []
  /// The intrinsic reward of each step in its run; empty if unknown.
  public var intrinsicRewards: [Float] = []
  /// The run and checkpoint of the policy, for people.
  public var source = ""

  public init(options: EnvironmentOptions, seed: UInt64) {
    task = options.task
    maximumEpisodeSteps = options.maximumEpisodeSteps
    character = options.character
    layouts = options.layouts
    wordings = options.wordings
    self.seed = seed
  }

  /// The sum of the rewards.
  public var episodeReturn: Double { rewards.reduce(0) { $0 + Double($1) } }

  public mutating func append(action: Int, reward: Float) {
    actions.append(action)
    rewards.append(reward)
  }

  /// The options that recreate the environment.
  public func options(netHackDirectory: String? = nil) -> EnvironmentOptions {
    var options = EnvironmentOptions(
      task: task, maximumEpisodeSteps: maximumEpisodeSteps, character: character, layouts: layouts,
      wordings: wordings)
    if let netHackDirectory { options.netHackDirectory = netHackDirectory }
    return options
  }

  // MARK: Files

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
      throw ReplayError("\(name) has format \(record.format); this program reads \(Self.currentFormat)")
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
