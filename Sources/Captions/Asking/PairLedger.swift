import Runtime

/// Which pairs of captions are asked: drawn uniformly from a uniform sample of all captions, each unordered pair at most
/// once in flight or answered, and never a caption with itself.
///
/// A value without sockets or clock, like `CaptionLedger`, and with its states: a pair that is not answered by its
/// deadline, or whose annotator leaves, may be drawn again. Unlike there, nothing waits: pairs are drawn when somebody is
/// ready, so none is ever older than the sample.
public struct PairLedger: Sendable {
  /// Answered pairs kept at most, to ask none twice; about 16 bytes each. A full ledger draws nothing.
  public static let maximumAnswered = 10_000_000
  /// Pairs of one task at most.
  public static let maximumTaskPairs = 4_096
  /// Draws per wanted pair: where nearly all pairs of the sample are answered, a task stays short.
  private static let drawsPerPair = 16

  /// `asked == answered + abstained + returned + inFlight` at all times.
  public struct Statistics: Sendable, Hashable {
    /// Pairs given out, each time they were.
    public internal(set) var asked = 0
    /// First, second and tie.
    public internal(set) var answered = 0
    public internal(set) var abstained = 0
    /// Pairs given out for nothing.
    public internal(set) var returned = 0
    public internal(set) var inFlight = 0
    /// Answers to what was not asked, or not of whom.
    public internal(set) var refused = 0
  }

  private struct Task: Sendable {
    let annotator: String
    let deadline: Double
    var pairs: [UInt64: CaptionPair]
  }

  private var reservoir: CaptionReservoir
  private var generator: SplitMix64
  private var tasks: [UInt64: Task] = [:]
  /// Keys of pairs in flight or answered.
  private var taken: Set<UInt64> = []
  public private(set) var statistics = Statistics()

  /// - Parameters:
  ///   - capacity: captions of the sample, 2 or more.
  ///   - seed: of the sample and of the pairs drawn from it.
  public init(capacity: Int, seed: UInt64) {
    reservoir = CaptionReservoir(capacity: capacity)
    generator = SplitMix64(seed: seed)
  }

  /// The captions pairs are drawn from now.
  public var sample: [CaptionID] { reservoir.ids }

  /// When the next open task expires, in seconds on the clock of `take`; nil when none is open.
  public var nextDeadline: Double? { tasks.values.lazy.map(\.deadline).min() }

  /// Offers a caption of which no pair can have been drawn yet: each once, when it is new.
  public mutating func offer(_ caption: CaptionID) {
    if caption != 0 { reservoir.offer(caption, &generator) }
  }

  /// Notes a pair that was answered in an earlier session.
  public mutating func restore(_ pair: CaptionPair) {
    if pair.first != pair.second { taken.insert(pair.key) }
  }

  /// Draws pairs as one task.
  /// - Parameters:
  ///   - count: how many the annotator asked for; cut to `maximumTaskPairs`.
  ///   - task: a number that no other task of this ledger had.
  ///   - now: seconds.
  /// - Returns: the pairs; empty, and no task exists, when the draws met no new one.
  public mutating func take(
    _ count: Int, for annotator: String, task: UInt64, now: Double, deadlineSeconds: Double
  ) -> [CaptionPair] {
    precondition(tasks[task] == nil, "task \(task) was given out before")
    let wanted = min(max(count, 0), Self.maximumTaskPairs, Self.maximumAnswered - taken.count)
    var pairs: [CaptionPair] = []
    var draws = wanted * Self.drawsPerPair
    while pairs.count < wanted, draws > 0, reservoir.ids.count >= 2 {
      draws -= 1
      let pair = drawPair()
      if taken.insert(pair.key).inserted { pairs.append(pair) }
    }
    guard !pairs.isEmpty else { return [] }
    tasks[task] = Task(
      annotator: annotator, deadline: now + deadlineSeconds,
      pairs: Dictionary(uniqueKeysWithValues: pairs.map { ($0.key, $0) }))
    statistics.asked += pairs.count
    statistics.inFlight += pairs.count
    return pairs
  }

  /// Takes in an annotator's answer to a task, and closes the task: what it left out may be drawn again. Answers to a task
  /// that has lapsed are refused, since its pairs may have been drawn anew.
  /// - Returns: the answers that count, in the order they came.
  public mutating func complete(_ task: UInt64, by annotator: String, answers: [PairAnswer]) -> [PairAnswer] {
    guard var open = tasks[task], open.annotator == annotator else {
      statistics.refused += answers.count
      return []
    }
    var accepted: [PairAnswer] = []
    for answer in answers {
      // In the order it was asked in: "first" means another caption in the other.
      guard open.pairs[answer.pair.key] == answer.pair else {
        statistics.refused += 1
        continue
      }
      open.pairs[answer.pair.key] = nil
      statistics.inFlight -= 1
      if answer.preference == .abstain { statistics.abstained += 1 } else { statistics.answered += 1 }
      accepted.append(answer)
    }
    tasks[task] = nil
    giveBack(open)
    return accepted
  }

  /// Takes back all pairs of an annotator that is gone.
  /// - Returns: how many.
  @discardableResult
  public mutating func release(_ annotator: String) -> Int { lapse { $0.annotator == annotator } }

  /// Takes back the pairs of every task whose deadline has come.
  /// - Returns: how many.
  @discardableResult
  public mutating func expire(now: Double) -> Int { lapse { $0.deadline <= now } }

  // MARK: Parts

  /// Two different places of the sample, each pair of them alike, in either order.
  private mutating func drawPair() -> CaptionPair {
    let ids = reservoir.ids
    let first = Int.random(in: 0..<ids.count, using: &generator)
    let other = Int.random(in: 0..<ids.count - 1, using: &generator)
    return CaptionPair(ids[first], ids[other < first ? other : other + 1])
  }

  private mutating func lapse(where condition: (Task) -> Bool) -> Int {
    let ended = tasks.filter { condition($0.value) }
    for (number, task) in ended {
      tasks[number] = nil
      giveBack(task)
    }
    return ended.values.reduce(0) { $0 + $1.pairs.count }
  }

  private mutating func giveBack(_ task: Task) {
    for key in task.pairs.keys { taken.remove(key) }
    statistics.inFlight -= task.pairs.count
    statistics.returned += task.pairs.count
  }
}
