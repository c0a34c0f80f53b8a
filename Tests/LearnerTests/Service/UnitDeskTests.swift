import Sessions
import Testing
import Transport

@testable import Learner

@Suite struct UnitDeskTests {
  private let one = PeerID([1])
  private let other = PeerID([2])

  @Test func withoutLagOnlyTheUnitsOfTheBatchAreGivenOut() throws {
    let desk = UnitDesk(done: 6, unitsOfBatch: 3, writesAhead: false)
    #expect(desk.available == 3)
    #expect(desk.take(2, for: one) == [7, 8])
    #expect(desk.take(1, for: other) == [9])
    #expect(desk.available == 0)
    desk.trained()
    #expect(desk.available == 3)
    #expect(desk.take(1, for: one) == [10])
  }

  /// A unit whose answers were not trained on is written again, before later ones.
  @Test func aDiscardedUnitIsWrittenAgain() throws {
    let desk = UnitDesk(done: 0, unitsOfBatch: 2, writesAhead: false)
    #expect(desk.take(2, for: one) == [1, 2])
    #expect(try desk.finish(1, by: one, trajectory: 1) == 1)
    // A worker behind a relay does not say which one it wrote.
    #expect(try desk.finish(0, by: one, trajectory: 2) == 2)
    #expect(desk.available == 0)
    desk.writeAgain(2)
    desk.writeAgain(1)
    #expect(desk.available == 2 && desk.take(2, for: other) == [1, 2])
  }

  @Test func withLagWorkersWriteAhead() {
    let desk = UnitDesk(done: 0, unitsOfBatch: 1, writesAhead: true)
    #expect(desk.available == .max)
    #expect(desk.take(4, for: one) == [1, 2, 3, 4])
  }

  /// A lost worker's units go to another one, and those that it has finished do not.
  @Test func unitsOfALostWorkerComeBack() throws {
    let desk = UnitDesk(done: 0, unitsOfBatch: 4, writesAhead: false)
    #expect(desk.take(3, for: one) == [1, 2, 3])
    try desk.finish(2, by: one, trajectory: 1)
    desk.left(one)
    desk.left(one)
    #expect(desk.available == 3)
    #expect(desk.take(3, for: other) == [1, 3, 4])
    #expect(throws: PeerFault.self) { try desk.finish(2, by: other, trajectory: 1) }
    try desk.finish(1, by: other, trajectory: 2)
  }

  @Test func nobodyFinishesAUnitOfAnotherWorker() throws {
    let desk = UnitDesk(done: 0, unitsOfBatch: 4, writesAhead: false)
    #expect(desk.take(1, for: one) == [1])
    for unit in [0, 1, 2, UInt64.max] {
      #expect(throws: PeerFault.self) { try desk.finish(unit, by: other, trajectory: 1) }
    }
    try desk.finish(1, by: one, trajectory: 1)
    #expect(throws: PeerFault.self) { try desk.finish(1, by: one, trajectory: 2) }
  }

  /// A worker that does not know of units finishes one that it has.
  @Test func aUnitOfItsOwnTakesThePlaceOfOne() throws {
    let desk = UnitDesk(done: 0, unitsOfBatch: 4, writesAhead: false)
    #expect(desk.take(2, for: one) == [1, 2])
    try desk.finish(0, by: one, trajectory: 1)
    desk.left(one)
    #expect(desk.take(1, for: other) == [2])
  }

  @Test func whatWasNotSentIsGivenOutAgain() {
    let desk = UnitDesk(done: 0, unitsOfBatch: 4, writesAhead: false)
    let units = desk.take(2, for: one)
    desk.giveBack(units, of: one)
    #expect(desk.take(4, for: other) == [1, 2, 3, 4])
    desk.left(one)
    #expect(desk.available == 0)
  }
}
