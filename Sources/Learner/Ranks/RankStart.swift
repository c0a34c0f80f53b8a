import Assembly
import Configuration
import Foundation
import IntrinsicReward
import Ranks
import Statistics

/// What rank 0 passes to the other ranks before the run starts: first what to run, then the state to start from, restored from
/// a checkpoint or new. So the other ranks need no files of the run.
enum RankStart {
  /// Writes a run's name and configuration.
  static func encode(_ options: LearnerOptions) -> [UInt8] {
    var writer = RankWriter()
    writer.put(text: Array(options.runName.utf8))
    writer.put(text: Array(options.configuration.tomlText().utf8))
    return writer.bytes
  }

  /// Options with the name and configuration that rank 0 has.
  /// - Throws: `RankError` or `ConfigurationError` if the ranks run different builds.
  static func decode(_ bytes: [UInt8], into options: LearnerOptions) throws -> LearnerOptions {
    var reader = RankReader(bytes)
    var options = options
    options.runName = String(decoding: try reader.text(), as: UTF8.self)
    let text = String(decoding: try reader.text(), as: UTF8.self)
    options.configuration = try Registries.standard.configuration(toml: text, fileName: "the configuration of rank 0")
    return options
  }

  /// What a rank needs besides parameters and optimiser.
  private struct Facts: Codable {
    var runID: UInt64
    var policyVersion: UInt64
    var adamStep: Int
    var counters: RunCounters
    /// What rank 0 has seen, for standardising.
    var moments: [RunningMoments]
    var chain: RewardChainState
  }

  /// Writes the state of rank 0.
  static func encode(_ algorithm: ActorCriticAlgorithm, _ counters: RunCounters, runID: UInt64) throws -> [UInt8] {
    let facts = Facts(
      runID: runID, policyVersion: algorithm.policyVersion, adamStep: algorithm.adam.step, counters: counters,
      moments: algorithm.mixer.ownMoments, chain: algorithm.mixer.chain.state)
    var writer = RankWriter()
    writer.put(text: Array(try JSONEncoder().encode(facts)))
    for arrays in algorithm.policyArrays {
      writer.put(floats: UnsafeBufferPointer(start: arrays.buffer.pointer, count: arrays.buffer.count))
    }
    return writer.bytes
  }

  /// Begins at the state of rank 0.
  /// - Returns: the run's number, and the counters of this rank.
  /// - Throws: `RankError` if the state is not one of this build.
  static func begin(
    _ algorithm: ActorCriticAlgorithm, at bytes: [UInt8], rank: Int
  ) throws -> (runID: UInt64, counters: RunCounters) {
    var reader = RankReader(bytes)
    let facts: Facts
    do {
      facts = try JSONDecoder().decode(Facts.self, from: Data(try reader.text()))
    } catch let error as DecodingError {
      throw RankError("the state of rank 0 cannot be read: \(error); all ranks must run the same build of tengu")
    }
    for arrays in algorithm.policyArrays { try reader.read(into: arrays.buffer.elements) }
    algorithm.begin(at: facts.policyVersion, adamStep: facts.adamStep)
    algorithm.mixer.take(othersMoments: facts.moments)
    _ = algorithm.mixer.chain.restore(facts.chain, withMoments: false)
    var counters = facts.counters
    counters.separateSeeds(rank: rank)
    return (facts.runID, counters)
  }
}

extension LearnerOptions {
  /// The options that all ranks of a run share: name and configuration are those of rank 0.
  /// - Parameters:
  ///   - ranks: the learners of the run.
  ///   - own: what this rank decides itself: folders and keys.
  ///   - run: makes the options of the run; called at rank 0 only, because other machines need no file of the run.
  /// - Throws: what `run` throws; `RankRefusal` at other ranks if it does.
  public static func agreed(
    _ ranks: any Communicator, own: LearnerOptions, _ run: () throws -> LearnerOptions
  ) throws -> LearnerOptions {
    guard ranks.isShared else { return try run() }
    var options: LearnerOptions?
    let bytes = try ranks.fromFirst {
      let made = try run()
      options = made
      return RankStart.encode(made)
    }
    var result = try options ?? RankStart.decode(bytes, into: own)
    result.ranksOfThisMachine = own.ranksOfThisMachine
    result.ranks = ranks
    if !ranks.isFirst { result.logStream = nil }
    return result
  }
}
