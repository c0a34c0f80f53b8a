import Configuration
import Sessions
import Transport

/// Numbers the pieces of work of a text run and remembers which worker has which. What is written for a unit follows from
/// its number, so a unit of a lost worker goes to another one, and a run without policy lag does not depend on who wrote
/// what. Used by the I/O thread alone.
final class UnitDesk {
  /// The next number that nobody had.
  private var next: UInt64
  /// Numbers below it: those that came back, and those that workers have.
  private var pool = UnitPool()
  /// Units of a batch.
  private let unitsOfBatch: UInt64
  /// The last number of the batch that is being written; nil if workers may write ahead.
  private var last: UInt64?

  /// - Parameters:
  ///   - done: units that the run has trained on.
  ///   - unitsOfBatch: units of an update.
  ///   - writesAhead: whether units of the next batches may be given out before this one was trained on.
  init(done: Int, unitsOfBatch: Int, writesAhead: Bool) {
    next = UInt64(clamping: done) + 1
    self.unitsOfBatch = UInt64(clamping: max(1, unitsOfBatch))
    last = writesAhead ? nil : UInt64(clamping: done) + self.unitsOfBatch
  }

  /// Units that can be given out now.
  var available: Int {
    guard let last else { return .max }
    return pool.count + (last >= next ? Int(clamping: last - next + 1) : 0)
  }

  /// Gives a worker units, those that came back first.
  /// - Parameter count: at most `available`.
  func take(_ count: Int, for peer: PeerID) -> [UInt64] {
    let returned = pool.take(count, for: peer)
    let end = next + UInt64(clamping: max(0, count - returned.count))
    let new = Array(next..<end)
    next = end
    pool.hold(new, by: peer)
    return returned + new
  }

  /// A worker has written a unit; 0 for one of its own, in place of any that it has.
  /// - Returns: the number of the unit that is done.
  /// - Throws: `PeerFault` if it does not have this unit.
  @discardableResult
  func finish(_ unit: UInt64, by peer: PeerID, trajectory: UInt64) throws(PeerFault) -> UInt64 {
    try pool.finish(unit, by: peer, trajectory: trajectory)
  }

  /// A unit that was written is not trained on: it is given out again.
  func writeAgain(_ unit: UInt64) { pool.add([unit]) }

  /// A worker has left, or a message to it was not sent: others write its units.
  func left(_ peer: PeerID) { pool.left(peer) }

  /// Units that were not sent to a worker.
  func giveBack(_ units: [UInt64], of peer: PeerID) { pool.giveBack(units, of: peer) }

  /// A batch was trained on.
  func trained() { last = last.map { $0 + unitsOfBatch } }
}

extension UnitDesk {
  /// The desk of a run; nil unless it trains a text policy. A resumed run continues after the units that it has trained on.
  convenience init?(_ run: OpenedRun) {
    guard run.plan.text != nil else { return nil }
    let (configuration, counters) = (run.plan.configuration, run.mailbox.counters)
    let frames = configuration.unrollFrames
    self.init(
      done: (counters.trainedSteps + counters.discardedNotFinite) / frames,
      unitsOfBatch: (configuration.learner.batchSize + frames - 1) / frames,
      writesAhead: configuration.learner.maximumPolicyLag > 0 && !run.isInline)
  }
}
