import Transport

/// Numbered units of a text run that wait for a worker, and those that each worker has. What is written for a unit follows
/// from its number, so a unit of a lost worker goes to another one. Used by one thread.
package struct UnitPool: Sendable {
  /// In rising order.
  private var waiting: [UInt64] = []
  private var held: [PeerID: Set<UInt64>] = [:]

  package init() {}

  /// Units that wait.
  package var count: Int { waiting.count }

  /// These units wait, lower numbers before higher ones.
  package mutating func add(_ units: some Sequence<UInt64>) { waiting = (waiting + units).sorted() }

  /// Gives a worker the lowest units that wait.
  /// - Returns: `count` units, or fewer if no more wait.
  package mutating func take(_ count: Int, for peer: PeerID) -> [UInt64] {
    let units = Array(waiting.prefix(max(0, count)))
    waiting.removeFirst(units.count)
    hold(units, by: peer)
    return units
  }

  /// A worker has these units, which did not wait.
  package mutating func hold(_ units: [UInt64], by peer: PeerID) {
    guard !units.isEmpty else { return }
    held[peer, default: []].formUnion(units)
  }

  /// A worker has written a unit; 0 for one of its own, in place of any that it has.
  /// - Returns: the number of the unit that is done.
  /// - Throws: `PeerFault` if it does not have this unit.
  package mutating func finish(_ unit: UInt64, by peer: PeerID, trajectory: UInt64) throws(PeerFault) -> UInt64 {
    let number = unit == 0 ? held[peer]?.min() ?? 0 : unit
    guard held[peer]?.remove(number) != nil else {
      throw PeerFault(
        .protocolViolation, "trajectory \(trajectory): unit \(unit) is not one that this worker has",
        trajectory: trajectory)
    }
    return number
  }

  /// A worker has left, or a message to it was not sent: others write its units.
  package mutating func left(_ peer: PeerID) {
    if let units = held.removeValue(forKey: peer) { add(units) }
  }

  /// Units that were not sent to a worker.
  package mutating func giveBack(_ units: [UInt64], of peer: PeerID) {
    held[peer]?.subtract(units)
    add(units)
  }
}
