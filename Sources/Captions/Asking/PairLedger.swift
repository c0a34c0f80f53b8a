import Runtime

/// Owns the state of the pairs of captions that a run asks about. It draws pairs uniformly from a uniform sample of all
/// captions, never draws a caption with itself, and never draws an unordered pair that is in flight or answered.
///
/// Like `CaptionLedger` it is a value without sockets or clock. A pair whose deadline passes, or whose annotator
/// leaves, may be drawn again. Pairs do not wait in a queue: the ledger draws them when an annotator is ready, from the
/// sample as it is then.
public struct PairLedger: Sendable {
  /// Answered pairs that the ledger remembers, so that it asks none twice; about 16 bytes each. A full ledger draws
  /// nothing.
  public static let maximumAnswered = 10_000_000
  /// Pairs per task at most.
  public static let maximumTaskPairs = 4_096
  /// Attempts per wanted pair. If nearly all pairs of the sample are answered, a task has fewer pairs than wanted.
  private static let drawsPerPair = 16

  /// `asked == answered + abstained + returned + inFlight` at all times.
  public struct Statistics: Sendable, Hashable {
    /// Pairs given out; a pair that is given out again counts again.
    public internal(set) var asked = 0
    /// Accepted answers other than abstentions.
    public internal(set) var answered = 0
    public internal(set) var abstained = 0
    /// Pairs given out that came back without an answer.
    public internal(set) var returned = 0
    public internal(set) var inFlight = 0
    /// Answers to pairs that the annotator was not asked.
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
  ///   - capacity: size of the sample, 2 or more.
  ///   - seed: seeds the sample and the draws.
  public init(capacity: Int, seed: UInt64) {
    reservoir = CaptionReservoir(capacity: capacity)
    generator = SplitMix64(seed: seed)
  }

  /// The sample that pairs are drawn from.
  public var sample: [CaptionID] { reservoir.ids }

  /// Earliest deadline of the open tasks in seconds, on the clock of `take`; nil if none is open.
  public var nextDeadline: Double? { tasks.values.lazy.map(\.deadline).min() }

  /// Offers a new caption to the sample. Call it once per caption.
  public mutating func offer(_ caption: CaptionID) {
    if caption != 0 { reservoir.offer(caption, &generator) }
  }

  /// Notes a pair that was answered in an earlier session.
  public mutating func restore(_ pair: CaptionPair) {
    if pair.first != pair.second { taken.insert(pair.key) }
  }

  /// Draws pairs as one task.
  /// - Parameters:
  ///   - count: pairs that the annotator can take; at most `maximumTaskPairs` are given out.
  ///   - task: a number that no other task of this ledger has.
  ///   - now: seconds.
  /// - Returns: the pairs. If it is empty there is no task, because the draws found no new pair.
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

  /// Takes in an annotator's answer to a task and closes the task. Pairs without an answer may be drawn again. Answers
  /// to a lapsed task are refused, because its pairs may have been drawn again.
  /// - Returns: the accepted answers, in their order.
  public mutating func complete(_ task: UInt64, by annotator: String, answers: [PairAnswer]) -> [PairAnswer] {
    guard var open = tasks[task], open.annotator == annotator else {
      statistics.refused += answers.count
      return []
    }
    var accepted: [PairAnswer] = []
    for answer in answers {
      // The order must match, because "first" means another caption in the other order.
      guard open.pairs[answer.pair.key] == answer.pair else {
        statistics.refused += 1
        continue
      }
      open.pairs[answer.pair.key] = nil
      statistics.inFlight -= 1
      if answer.verdict == .abstain { statistics.abstained += 1 } else { statistics.answered += 1 }
      accepted.append(answer)
    }
    tasks[task] = nil
    giveBack(open)
    return accepted
  }

  /// Ends the tasks of an annotator that left.
  /// - Returns: the number of their pairs.
  @discardableResult
  public mutating func release(_ annotator: String) -> Int { lapse { $0.annotator == annotator } }

  /// Ends the tasks whose deadline has passed.
  /// - Returns: the number of their pairs.
  @discardableResult
  public mutating func expire(now: Double) -> Int { lapse { $0.deadline <= now } }

  // MARK: Parts

  /// Two different captions of the sample; every ordered pair is equally likely.
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

/// A uniform sample without replacement of all offered ids in bounded memory (algorithm R, Vitter 1985).
struct CaptionReservoir: Sendable {
  let capacity: Int
  private(set) var ids: [CaptionID] = []
  /// Number of ids offered so far.
  private(set) var offered = 0

  /// - Parameter capacity: size of the sample; 2 or more, because pairs are drawn from it.
  init(capacity: Int) {
    precondition(capacity >= 2, "a pair needs two captions")
    self.capacity = capacity
  }

  /// Offers an id that was not offered before.
  mutating func offer(_ id: CaptionID, _ generator: inout SplitMix64) {
    offered += 1
    if ids.count < capacity { return ids.append(id) }
    let place = Int.random(in: 0..<offered, using: &generator)
    if place < capacity { ids[place] = id }
  }
}
