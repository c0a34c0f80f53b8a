/// How many unrolls all workers together may have in flight: granted to a worker and not yet taken by the trainer.
///
/// The policy lag of an unroll, in updates, is about the number in flight divided by the unrolls of a batch, so fewer are
/// better as long as the trainer gets its batches. How many that are depends on where the time goes. If the learner or
/// shared processors are the bottleneck, more in flight only wait longer; if the environments are slow, all of them have to
/// play at the same time. The window finds out: it begins with all, gives up what waits beyond the configured batches while
/// the trainer is never idle, and otherwise tries, one period after the other, whether fewer give nearly the same rate or
/// more a higher one.
struct CreditWindow: Sendable, Equatable {
  /// Factors of a trial.
  private static let fewer = 0.7
  private static let more = 1.4
  /// Rates relative to the one before that make a trial's size the window's: a little speed for less lag, and lag only
  /// for more speed.
  private static let rateOfFewer = 0.93
  private static let rateOfMore = 1.15
  /// Periods without a trial after one that failed.
  private static let periodsOfRest = 10
  /// Shortest period, in seconds; it also lasts until two windows of unrolls were taken.
  private static let periodSeconds = 0.5
  /// Periods in which nothing was taken before a trainer that waits gets more: credits may lie with workers that do not play.
  private static let patience = 3.0

  let minimum: Int
  let maximum: Int
  /// Unrolls that may be in flight.
  private(set) var size: Int
  /// Frames that may wait for a busy trainer.
  private let queueLimit: Int
  private let unrollFrames: Int
  /// Unrolls taken in the current period, and when it began; nil before the first unroll.
  private var taken = 0
  private var began: Double?
  /// Unrolls taken since the trainer last waited. Workers in step send their unrolls all at once, so a long queue alone does
  /// not say that there are too many.
  private var takenWithoutWait = 0
  /// Seconds of the latest period that ended, and unrolls per second in it; nil before the first.
  private var seconds = CreditWindow.periodSeconds
  private var rate: Double?
  /// The size to return to if the current trial fails; nil without one.
  private var sizeBefore: Int?
  private var triesFewer = true
  private var rest = 0

  /// - Parameters:
  ///   - unrollFrames: frames of an unroll.
  ///   - batchFrames: frames of a batch.
  ///   - queueBatches: batches that may wait for the trainer.
  ///   - isSynchronous: whether the window stays at one batch, so that nothing is played while the trainer trains.
  ///   - capacity: frames that the queue holds; the window never exceeds it, so that the queue never overflows.
  init(unrollFrames: Int, batchFrames: Int, queueBatches: Int, capacity: Int, isSynchronous: Bool = false) {
    self.unrollFrames = unrollFrames
    let unrollsOfBatch = (batchFrames + unrollFrames - 1) / unrollFrames
    maximum = isSynchronous ? unrollsOfBatch : max(1, capacity / unrollFrames)
    // One batch is played while the other is trained on.
    minimum = min(2 * unrollsOfBatch, maximum)
    size = maximum
    queueLimit = queueBatches * batchFrames
  }

  /// The trainer took unrolls.
  /// - Parameters:
  ///   - waited: whether the trainer had to wait for them.
  ///   - queued: frames that were in the queue, these included.
  ///   - inFlight: unrolls in flight before.
  ///   - isWanted: whether a worker wants more credit than it has.
  mutating func took(unrolls: Int, waited: Bool, queued: Int, inFlight: Int, isWanted: Bool, now: Double) {
    takenWithoutWait = waited ? unrolls : takenWithoutWait + unrolls
    if queued > queueLimit, takenWithoutWait > inFlight {
      return shrink(min(size, inFlight), by: max(1, (queued - queueLimit) / unrollFrames), now)
    }
    // Periods begin and end when the trainer waits, so that each has whole rounds of workers in step.
    if let began, waited, now - began >= Self.periodSeconds, taken >= 2 * min(size, inFlight) {
      seconds = now - began
      judge(Double(taken) / seconds, inFlight: inFlight, isWanted: isWanted)
      begin(now)
    }
    if began == nil, waited { begin(now) }
    taken += unrolls
  }

  /// The trainer waits for a batch.
  mutating func starves(isWanted: Bool, now: Double) {
    guard let began, isWanted, now - began >= Self.patience * max(seconds, Self.periodSeconds) else { return }
    size = min(size + max(1, size / 4), maximum)
    sizeBefore = nil
    begin(now)
  }

  private mutating func begin(_ now: Double) {
    began = now
    taken = 0
  }

  /// More is waiting than a busy trainer needs, whatever the rate.
  private mutating func shrink(_ current: Int, by unrolls: Int, _ now: Double) {
    size = max(current - unrolls, minimum)
    (sizeBefore, rate, takenWithoutWait) = (nil, nil, 0)
    begin(now)
  }

  /// A period is over: ends the trial that it was, or begins one.
  private mutating func judge(_ newRate: Double, inFlight: Int, isWanted: Bool) {
    let earlier = rate
    if let before = sizeBefore, let earlier {
      sizeBefore = nil
      if newRate < earlier * (triesFewer ? Self.rateOfFewer : Self.rateOfMore) {
        size = before
        triesFewer.toggle()
        rest = Self.periodsOfRest
        return
      }
    }
    rate = newRate
    if rest > 0 {
      rest -= 1
      return
    }
    // A window that is larger than what is in flight bounds nothing.
    let current = isWanted ? size : min(size, inFlight)
    if triesFewer, current <= minimum { triesFewer = false }
    guard triesFewer || isWanted else {
      triesFewer = true
      return
    }
    sizeBefore = size
    let factor = triesFewer ? Self.fewer : Self.more
    size = min(max(Int((Double(current) * factor).rounded()), minimum), maximum)
  }
}
