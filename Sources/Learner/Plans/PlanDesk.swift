import Assembly
import Configuration
import Foundation
import Runtime
import Scheduling
import Sessions
import Synchronization
import Trajectories
import Transport
import Wire

/// What the run's next episodes are to be: owns the scheduler, hands out its plan in parts to the workers that ask, and tells it
/// how the episodes ended. What a worker that leaves has not finished goes to the next one that asks.
///
/// When all of a plan is handed out the scheduler makes the next one, with what is known until then. The I/O thread uses the
/// desk; the thread that saves checkpoints reads its state.
final class PlanDesk: PlanSource, Sendable {
  /// Who has a part of the plan.
  enum Holder: Hashable, Sendable {
    case worker(PeerID)
    /// Another learner of the run, for its workers.
    case rank(Int)
  }

  /// What a run's configuration says about its plan.
  struct Options: Sendable {
    /// Tasks; an episode of task k has a seed with seed mod keys = k.
    var keys: Int
    /// Episodes of a plan.
    var budget: Int
    /// Whether each group has a seed of its own.
    var freshSeeds: Bool
    /// Seed of the run.
    var seed: UInt64
    /// Strength of each value head in the choice of actions; empty = none.
    var steering: [Float] = []
  }

  private struct State {
    var scheduler: any TaskScheduler
    var generator: RandomGenerator
    var groups = PlannedGroups()
    var version: UInt64 = 0
    /// Entries that nobody has, and who has the others.
    var stock = PlanStock<Holder>()
    var nextNumber: UInt64 = 1
  }

  private let options: Options
  private let state: Mutex<State>

  init(_ options: Options, scheduler: any TaskScheduler) {
    self.options = options
    let generator = RandomGenerator(seed: options.seed ^ 0x91A7_0000)
    state = Mutex(State(scheduler: scheduler, generator: generator))
  }

  /// The desk of a run; nil if the run has no plan.
  /// - Throws: `ConfigurationError` if the plan does not fit the task.
  convenience init?(_ plan: RunPlan) throws(ConfigurationError) {
    guard let scheduler = try plan.makeScheduler() else { return nil }
    let section = plan.configuration.plan
    self.init(
      Options(
        keys: section.keys, budget: section.keys * section.repeats, freshSeeds: section.freshSeeds,
        seed: plan.configuration.seed, steering: section.steeringWeights.compactMap { $0 }),
      scheduler: scheduler)
  }

  /// Version of the newest plan, at least 1.
  var version: UInt64 { state.withLock { max(1, $0.version) } }

  /// Entries for `episodes` episodes, or for fewer where the plan ends.
  func hand(out episodes: Int, to holder: Holder) -> Plan {
    state.withLock { state in
      if state.stock.isEmpty { makePlan(&state) }
      let count = min(episodes, WireLimits.maximumPlannedEpisodes)
      return Plan(version: state.version, entries: state.stock.hand(out: count, to: holder))
    }
  }

  private func makePlan(_ state: inout State) {
    state.version += 1
    let tasks = state.scheduler.plan(budget: options.budget, generator: &state.generator)
    var entries: [PlanEntry] = []
    for task in tasks {
      let entry = PlanEntry(
        number: state.nextNumber, key: task.key, seed: seed(of: task.key, &state.generator), repeats: task.repeats,
        temperature: task.temperature, steering: options.steering, abortAbove: task.cutAbove)
      state.nextNumber += 1
      state.groups.open(entry)
      entries.append(entry)
    }
    state.stock.add(entries)
  }

  /// A seed that is the key modulo the number of keys.
  private func seed(of key: Int, _ generator: inout RandomGenerator) -> UInt64 {
    var fixed = SplitMix64(seed: options.seed &+ UInt64(key) &* 0x9E37_79B9_7F4A_7C15)
    let keys = UInt64(options.keys)
    // Below 2^63, so that adding the key does not overflow.
    let drawn = (options.freshSeeds ? generator.next() : fixed.next()) >> 1
    return drawn - drawn % keys + UInt64(key)
  }

  /// Takes in episodes that have ended. Those of an entry that their holder does not have are ignored.
  /// - Parameter facts: what the episodes report, among it how many were cut.
  func note(_ episodes: [FinishedEpisode], facts: FactSums = FactSums(), by holder: Holder) {
    let cut = facts.entries.first { $0.name == RestartChance.fact }?.sum ?? 0
    state.withLock { state in
      // A worker cannot report more than it was given.
      state.groups.add(cut: min(Int(saturating: cut), episodes.count { state.groups.isOpen($0.entry) }))
      for episode in episodes where episode.entry != 0 {
        guard state.stock.finish(episode.entry, by: holder), let noted = state.groups.note(episode) else { continue }
        state.scheduler.note(EpisodeOutcome(key: noted.key, succeeded: episode.succeeded))
        if let group = noted.finished { state.scheduler.note(group) }
      }
    }
  }

  // MARK: Workers and other learners

  func ask(_ episodes: Int, for peer: PeerID) -> Plan? { hand(out: episodes, to: .worker(peer)) }

  func note(_ episodes: [FinishedEpisode], facts: FactSums, by peer: PeerID) -> [FinishedEpisode] {
    note(episodes, facts: facts, by: .worker(peer))
    return episodes
  }

  func left(_ peer: PeerID) { state.withLock { _ = $0.stock.left(.worker(peer)) } }

  func take(_ news: RankNews) -> Plan? {
    note(news.episodes, facts: news.facts, by: .rank(news.rank))
    return news.wantedEpisodes > 0 ? hand(out: news.wantedEpisodes, to: .rank(news.rank)) : nil
  }

  // MARK: Reports and checkpoints

  var standing: PlanReport? { report }

  /// Where the run's plan stands, for the metrics.
  var report: PlanReport {
    state.withLock {
      PlanReport(
        version: $0.version, groups: $0.groups.counts, successes: $0.scheduler.successes,
        chosen: $0.scheduler.chosen, chosenThreshold: $0.scheduler.chosenThreshold)
    }
  }

  /// Key of a checkpoint's text.
  static let stateKey = "plan.state"

  /// What is saved of a desk. Groups that are being played are lost with the run's session, like their unrolls.
  private struct Saved: Codable {
    var scheduler: SchedulerState
    var generator: [UInt64]
    var version: UInt64
    var nextNumber: UInt64
    var counts: PlannedGroups.Counts
  }

  /// The state, as JSON.
  func encoded() throws -> String {
    let saved = state.withLock { state in
      let words = state.generator.state
      return Saved(
        scheduler: state.scheduler.state, generator: [words.0, words.1, words.2, words.3], version: state.version,
        nextNumber: state.nextNumber, counts: state.groups.counts)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(saved), as: UTF8.self)
  }

  /// Continues from the state that a checkpoint holds.
  /// - Throws: an error that says why it does not fit this run; then nothing has changed.
  func restore(_ text: String) throws {
    let saved = try JSONDecoder().decode(Saved.self, from: Data(text.utf8))
    guard saved.generator.count == 4, saved.nextNumber < .max >> 1, saved.version < .max >> 1, saved.counts.areCounts
    else {
      throw SchedulerError("its numbers are not those of a plan")
    }
    try state.withLock { state in
      try state.scheduler.restore(saved.scheduler)
      state.generator.state = (saved.generator[0], saved.generator[1], saved.generator[2], saved.generator[3])
      (state.version, state.nextNumber) = (saved.version, saved.nextNumber)
      state.groups = PlannedGroups(counts: saved.counts)
      state.stock = PlanStock()
    }
  }
}
