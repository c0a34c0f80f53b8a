import Captions
import IntrinsicReward
import Synchronization
import Trajectories
import Wire

/// What the other ranks of a run have done since the trainer last told, for rank 0's I/O thread.
struct RankNews: Sendable {
  var rank = 0
  /// Captions that the rank's workers were the first of it to meet, in its order; they want a number of the run.
  var captions: [[UInt8]] = []
  /// Episodes that ended.
  var episodes: [FinishedEpisode] = []
  /// What they report about themselves.
  var facts = FactSums()
  /// Payments by the run's caption number.
  var payments: [(number: Int, entry: PaymentTally.Entry)] = []
  /// Episodes of the run's plan that the rank's workers ask for.
  var wantedEpisodes = 0

  var isEmpty: Bool {
    captions.isEmpty && episodes.isEmpty && facts.isEmpty && payments.isEmpty && wantedEpisodes == 0
  }
}

/// Everything that a rank's I/O thread and its trainer share about the other ranks. Empty with a single learner.
///
/// | part | the I/O thread | the trainer |
/// |---|---|---|
/// | `workers` | sets its own | tells the others |
/// | `others` | shows them | sets them |
/// | `episodes` | adds those of its workers, except on rank 0 | tells rank 0 |
/// | `numbers` | on rank 0, numbers the captions of other ranks | tells the others |
/// | `wanted` | asks for episodes of the plan, except on rank 0 | tells rank 0 |
/// | `parts` | on rank 0, gives other ranks parts of the plan | tells the others |
final class RankMailbox: Sendable {
  /// The other ranks, as of the latest round.
  struct Others: Sendable {
    var workers = 0
    /// Frames that wait for their trainers.
    var queuedFrames = 0
  }

  private struct State {
    var workers = 0
    var others = Others()
    var episodes: [FinishedEpisode] = []
    var facts = FactSums()
    var numbers: [[CaptionID]]
    var wantedEpisodes = 0
    var parts: [Plan?]
  }

  /// Episodes that wait for a round; later ones are left out of the means.
  private static let maximumEpisodes = 65_536

  private let state: Mutex<State>
  let size: Int

  init(size: Int) {
    self.size = size
    state = Mutex(State(numbers: Array(repeating: [], count: size), parts: Array(repeating: nil, count: size)))
  }

  var workers: Int {
    get { state.withLock { $0.workers } }
    set { state.withLock { $0.workers = newValue } }
  }

  var others: Others {
    get { state.withLock { $0.others } }
    set { state.withLock { $0.others = newValue } }
  }

  func add(_ episodes: [FinishedEpisode], _ facts: FactSums) {
    state.withLock {
      guard $0.episodes.count < Self.maximumEpisodes else { return }
      $0.episodes += episodes
      $0.facts.add(facts)
    }
  }

  func takeEpisodes() -> (episodes: [FinishedEpisode], facts: FactSums) {
    state.withLock { state in
      defer {
        state.episodes.removeAll()
        state.facts.removeAll()
      }
      return (state.episodes, state.facts)
    }
  }

  /// This rank's workers ask for episodes of the run's plan.
  func ask(_ episodes: Int) { state.withLock { $0.wantedEpisodes = episodes } }

  /// Episodes that this rank's workers have asked for since the last call.
  func takeWantedEpisodes() -> Int {
    state.withLock { state in
      defer { state.wantedEpisodes = 0 }
      return state.wantedEpisodes
    }
  }

  /// The part of the run's plan that a rank has asked for.
  func add(part: Plan, of rank: Int) { state.withLock { $0.parts[rank] = part } }

  /// The parts of the plan for each rank since the last call.
  func takeParts() -> [Plan?] {
    state.withLock { state in
      defer { for rank in state.parts.indices { state.parts[rank] = nil } }
      return state.parts
    }
  }

  /// The run's numbers of the next captions of a rank.
  func add(numbers: [CaptionID], of rank: Int) { state.withLock { $0.numbers[rank] += numbers } }

  /// Numbers of each rank's captions since the last call.
  func takeNumbers() -> [[CaptionID]] {
    state.withLock { state in
      defer { for rank in state.numbers.indices { state.numbers[rank].removeAll() } }
      return state.numbers
    }
  }
}
