import Environments
import Foundation

/// An episode by what it followed from: its task, its seed and its actions, with the rewards they led to. Played again it
/// is the same episode, step by step.
public struct EpisodeRecord: Sendable, Hashable, Codable {
  public static let currentFormat = 1
  /// Files beyond this are not read: 5000 steps take a hundredth of it.
  public static let maximumFileBytes = 64 << 20

  public var format = EpisodeRecord.currentFormat
  public var task: String
  /// What the environment was made with.
  public var maximumEpisodeSteps: Int?
  public var character: String
  public var layouts: Int
  public var wordings: Int
  /// Of the world, as `Environment.reset` took it.
  public var seed: UInt64
  public var actions: [Int] = []
  /// The environment's own reward of each step.
  public var rewards: [Float] = []
  /// The intrinsic reward of each step, as its run would pay it; empty where nobody knows.
  public var intrinsicRewards: [Float] = []
  /// Where it came from, for people: the run, the checkpoint.
  public var source = ""

  public init(options: EnvironmentOptions, seed: UInt64) {
    task = options.task
    maximumEpisodeSteps = options.maximumEpisodeSteps
    character = options.character
    layouts = options.layouts
    wordings = options.wordings
    self.seed = seed
  }

  /// Sum of the rewards.
  public var episodeReturn: Double { rewards.reduce(0) { $0 + Double($1) } }

  public mutating func append(action: Int, reward: Float) {
    actions.append(action)
    rewards.append(reward)
  }

  /// Options to make the environment with again.
  public func options(netHackDirectory: String? = nil) -> EnvironmentOptions {
    var options = EnvironmentOptions(
      task: task, maximumEpisodeSteps: maximumEpisodeSteps, character: character, layouts: layouts,
      wordings: wordings)
    if let netHackDirectory { options.netHackDirectory = netHackDirectory }
    return options
  }

  // MARK: Files

  public func write(to path: String) throws(ReplayError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    do {
      try encoder.encode(self).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      throw ReplayError("\(path) cannot be written: \(error.localizedDescription)")
    }
  }

  /// - Throws: `ReplayError` that names the file and what is wrong with it.
  public init(path: String) throws(ReplayError) {
    let record: EpisodeRecord
    do {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? file.close() }
      let data = try file.read(upToCount: Self.maximumFileBytes) ?? Data()
      record = try JSONDecoder().decode(EpisodeRecord.self, from: data)
    } catch let error as DecodingError {
      throw ReplayError("\(path) is no recorded episode: \(error)")
    } catch {
      throw ReplayError("\(path) cannot be read: \(error.localizedDescription)")
    }
    guard record.format == Self.currentFormat else {
      throw ReplayError("\(path) has format \(record.format); this program reads \(Self.currentFormat)")
    }
    let counts = [record.rewards.count, record.intrinsicRewards.count]
    guard counts[0] == record.actions.count, counts[1] == 0 || counts[1] == record.actions.count else {
      throw ReplayError("\(path) has \(record.actions.count) actions and \(counts[0]) and \(counts[1]) rewards")
    }
    self = record
  }
}

/// Why an episode cannot be read, written or played again.
public struct ReplayError: Error, CustomStringConvertible, Sendable {
  public let description: String

  init(_ description: String) { self.description = description }
}
