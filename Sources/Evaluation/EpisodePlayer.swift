import ActorCritic
import Environments
import Replays
import Runtime
import Tensor
import Trajectories

/// Plays several episodes on one thread, with one inference call per step for all of them.
///
/// Episodes do not depend on each other: each has its own seeds, and a row of a batch gives the same bits at any place
/// and with any other rows, if the batch has the same size. So the batch always has all places; a place without an
/// episode repeats its last observation.
final class EpisodePlayer {
  /// Episodes played at the same time. A constant, because the size of a batch may change the last bits of its results.
  static let places = 16

  private struct Place {
    var environment: any Environment
    /// nil while no episode is played at this place.
    var episode: Int?
    var actions = RandomGenerator(seed: 0)
    var episodeReturn = 0.0
    var length = 0
    var record: EpisodeRecord?
    var prices: CaptionPrices?
  }

  private let policy: PolicyUnderTest
  private let seed: UInt64
  private let isGreedy: Bool
  /// nil if episodes are not recorded.
  private let recording: EpisodeRecording?
  private let rowByteCount: Int
  private let workspace: PolicyWorkspace
  private let state: FloatBuffer  // [places, S]
  private let observations: UnsafeMutableRawPointer  // [places, rowByteCount]
  private let action: UnsafeMutableRawPointer  // [A], the action that is about to be played
  private let rows: [UnsafeRawPointer]
  private let caption = CaptionBuffer()
  private var places: [Place]

  /// - Throws: `EnvironmentError` if the task's environment cannot be created.
  init(_ policy: PolicyUnderTest, seed: UInt64, isGreedy: Bool, recording: EpisodeRecording? = nil) throws {
    self.recording = recording
    self.policy = policy
    self.seed = seed
    self.isGreedy = isGreedy
    let size = policy.plan.specification.observation.rowByteCount
    rowByteCount = size
    workspace = policy.plan.network.makeWorkspace(maximumSteps: 1, maximumBatch: Self.places)
    state = FloatBuffer(count: max(1, Self.places * policy.plan.network.stateSize))
    places = try (0..<Self.places).map { _ in Place(environment: try policy.plan.makeEnvironment()) }
    action = .allocate(byteCount: 4 * policy.plan.network.actions.elementCount, alignment: 8)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: Self.places * size, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: Self.places * size)
    observations = memory
    rows = (0..<Self.places).map { UnsafeRawPointer(memory + $0 * size) }
  }

  deinit {
    observations.deallocate()
    action.deallocate()
  }

  /// Plays until there are no more episodes.
  /// - Parameters:
  ///   - next: returns the number of the next episode, or nil at the end.
  ///   - report: receives each episode when it ends.
  /// - Throws: `EnvironmentError` naming the episode whose environment failed.
  func play(next: () -> Int?, report: (EpisodeResult) -> Void) throws {
    for place in places.indices { try begin(place, next()) }
    while places.contains(where: { $0.episode != nil }) {
      infer()
      for place in places.indices {
        guard let episode = places[place].episode else { continue }
        let transition: Transition
        do {
          transition = try step(place)
        } catch {
          throw EnvironmentError("episode \(episode) of seed \(seed): \(error)")
        }
        guard transition.done else { continue }
        if let record = places[place].record { try recording?.keep(record, episode) }
        report(result(place, episode, transition))
        try begin(place, next())
      }
    }
  }

  private func begin(_ place: Int, _ episode: Int?) throws {
    places[place].episode = episode
    guard let episode else { return }
    let seeds = EpisodeSeed(evaluation: seed, episode: episode)
    places[place].actions = RandomGenerator(seed: seeds.actions)
    places[place].episodeReturn = 0
    places[place].length = 0
    if let recording {
      var record = EpisodeRecord(options: policy.plan.options, seed: seeds.world)
      record.source = policy.path
      (places[place].record, places[place].prices) = (record, recording.prices)
    }
    let stateSize = policy.plan.network.stateSize
    (state.pointer + place * stateSize).update(repeating: 0, count: stateSize)
    try places[place].environment.reset(seed: seeds.world, into: output(place))
  }

  private func infer() {
    rows.withUnsafeBufferPointer { rows in
      guard let base = rows.baseAddress else { return }
      policy.plan.network.infer(
        rows: base, batch: Self.places, state: state.pointer, weights: policy.weights, workspace: workspace)
    }
  }

  private func step(_ place: Int) throws -> Transition {
    let head = policy.plan.network.actions
    let outputs = workspace.logits + place * head.parameterCount
    if isGreedy {
      head.mode(outputs, into: action)
    } else {
      _ = head.sample(outputs, &places[place].actions, into: action)
    }
    let choice = ActionChoice(head.space, action)
    let transition = try places[place].environment.step(choice, into: output(place))
    places[place].episodeReturn += Double(transition.reward)
    places[place].length += 1
    places[place].record?.append(action: RecordedAction(choice), reward: transition.reward)
    if let price = places[place].prices?.next(caption) { places[place].record?.intrinsicRewards.append(price) }
    return transition
  }

  private func output(_ place: Int) -> StepOutput {
    caption.clear()
    return StepOutput(row: observations + place * rowByteCount, caption: caption)
  }

  private func result(_ place: Int, _ episode: Int, _ last: Transition) -> EpisodeResult {
    EpisodeResult(
      episode: episode, episodeReturn: places[place].episodeReturn, length: places[place].length, last: last,
      facts: places[place].environment.facts)
  }
}

/// The seeds of one episode of an evaluation. They depend only on the evaluation's seed and the episode's number, so
/// that two policies play the same episodes, in any order and on any number of threads.
struct EpisodeSeed: Equatable {
  let world: UInt64
  let actions: UInt64

  init(evaluation seed: UInt64, episode: Int) {
    // The number is mixed before it is combined with the seed, so that neighbouring seeds share no episodes.
    var numbered = SplitMix64(seed: UInt64(episode))
    var stream = SplitMix64(seed: seed ^ numbered.next())
    world = stream.next()
    actions = stream.next()
  }
}

/// The result of one episode.
public struct EpisodeResult: Sendable, Equatable, Codable {
  /// A number that describes the episode.
  public struct Measure: Sendable, Equatable, Codable {
    public let name: String
    public let value: Double
  }

  /// The episode's number in the evaluation, from 0.
  public let episode: Int
  /// Return, length in steps, success as 0 or 1, then the environment's facts.
  public let measures: [Measure]
  /// What sorts the episode among others, such as the hero's role; nil if the environment does not say.
  public let categories: [String: String]?
  /// How the episode ended: in the environment's words, or "success", "ended by the world" and "step limit".
  public let end: String

  init(episode: Int, measures: [Measure], end: String) {
    (self.episode, self.measures, self.end) = (episode, measures, end)
    categories = nil
  }

  init(episode: Int, episodeReturn: Double, length: Int, last: Transition, facts: EpisodeFacts) {
    self.episode = episode
    measures =
      [
        Measure(name: "return", value: episodeReturn), Measure(name: "success", value: last.succeeded ? 1 : 0),
        Measure(name: "length", value: Double(length)),
      ] + facts.numbers.map { Measure(name: $0.name, value: $0.value) }
    categories =
      facts.categories.isEmpty
      ? nil : Dictionary(facts.categories.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    end = facts.end ?? (last.succeeded ? "success" : last.truncated ? "step limit" : "ended by the world")
  }
}
