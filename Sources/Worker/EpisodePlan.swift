import Synchronization
import Wire

/// The entries of the run's plan that this worker has and has not begun: the I/O thread adds them, rollout threads take them.
///
/// A taken episode is in an environment's hands one episode before it begins, because environments elsewhere begin the
/// next episode on their own.
public final class EpisodePlan: Sendable {
  /// An episode that the plan asks for.
  struct Assignment: Sendable {
    /// `PlanEntry.number`; 0 if no plan asks for it.
    var entry: UInt64 = 0
    /// The session in which the entry came.
    var session = 0
    /// Seed of the episode.
    var seed: UInt64
    /// What logits are divided by.
    var temperature: Float = 1
    /// The chance that a new start is better above which the episode is cut; 0 = never.
    var cutAbove: Float = 0
    /// Strength of each value head in the choice of actions; empty = none.
    var steering: [Float] = []
  }

  private struct State {
    var session = 0
    /// Entries in the order in which they are to be played; those before `next` are used up.
    var entries: [PlanEntry] = []
    var next = 0
    /// Episodes of the entries that were not taken yet.
    var waiting = 0
    /// Whether the learner's latest answer had no entries, and the plan's version that it had.
    var isDry = false
    var version: UInt64 = 0
    var isRequested = false
  }

  private let state = Mutex(State())
  /// Episodes below which the worker asks for more, and those that it then has at most.
  private let stock: (low: Int, full: Int)

  /// - Parameter environments: the worker's environments; each takes an episode in advance.
  public init(environments: Int) {
    // An environment can end several short episodes within an unroll; more in stock would be old when they are played.
    let full = min(WireLimits.maximumPlannedEpisodes, max(3, 3 * environments))
    stock = (low: 2 * full / 3, full: full)
  }

  /// A session begins: entries of an earlier one are void.
  func beginSession() {
    state.withLock { $0 = State(session: $0.session + 1) }
  }

  /// The request to send now; nil if there is enough, or nothing new to get.
  /// - Parameter newest: the plan's version according to the learner; nil if it has said nothing new.
  func request(newest: UInt64? = nil) -> PlanRequest? {
    state.withLock { state in
      if let newest, newest != state.version { state.isDry = false }
      guard !state.isRequested, !state.isDry, state.waiting < stock.low else { return nil }
      state.isRequested = true
      return PlanRequest(episodes: stock.full - state.waiting)
    }
  }

  /// The request could not be sent.
  func failedToAsk() { state.withLock { $0.isRequested = false } }

  /// Adds the entries of the learner's answer.
  func add(_ plan: Plan) {
    state.withLock { state in
      state.isRequested = false
      state.isDry = plan.entries.isEmpty
      state.version = plan.version
      state.entries.removeFirst(state.next)
      state.next = 0
      state.entries.append(contentsOf: plan.entries)
      state.waiting += plan.entries.reduce(0) { $0 + $1.repeats }
    }
  }

  /// The next episode to begin; nil if there is none at hand.
  func take() -> Assignment? {
    state.withLock { state in
      guard state.next < state.entries.count else { return nil }
      let entry = state.entries[state.next]
      state.waiting -= 1
      state.entries[state.next].repeats -= 1
      if state.entries[state.next].repeats == 0 { state.next += 1 }
      return Assignment(
        entry: entry.number, session: state.session, seed: entry.seed, temperature: entry.temperature,
        cutAbove: entry.abortAbove, steering: entry.steering)
    }
  }

  /// The number that a trajectory states for a finished episode: its entry, 0 if it is of another session.
  func number(of assignment: Assignment) -> UInt64 {
    guard assignment.entry != 0 else { return 0 }
    return state.withLock { $0.session == assignment.session ? assignment.entry : 0 }
  }
}

/// What a worker's environments and network let it do for entries of the run's plan.
struct PlanAbilities: Sendable {
  /// Whether an action is numbers, which have no temperature.
  var isContinuous = false
  /// Whether episodes can be cut: those of environments in servers go on until they end.
  var cutsEpisodes = true
  /// Value heads that can steer; 0 if the run steers nothing or the world cannot say what an action leads to.
  var steeringHeads = 0

  /// What this worker cannot do for an entry; nil if it can play it.
  func obstacle(_ entry: PlanEntry) -> String? {
    if !entry.goal.isEmpty { return "a goal" }
    if !entry.steering.isEmpty, entry.steering.count != steeringHeads {
      return steeringHeads == 0
        ? "steering by values in a world that cannot say what an action leads to" : "steering by other value heads"
    }
    if entry.abortAbove > 0, !cutsEpisodes { return "cutting episodes of environments in servers" }
    return isContinuous && entry.temperature != 1 ? "a temperature for continuous actions" : nil
  }
}
