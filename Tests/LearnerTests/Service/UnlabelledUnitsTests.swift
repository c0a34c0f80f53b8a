import Assembly
import Captions
import Configuration
import Foundation
import Sessions
import Telemetry
import TestSupport
import Testing
import Trajectories
import Transport
import Wire

@testable import Learner

/// Units of a text run that wait for the labels of their answers.
@Suite struct UnlabelledUnitsTests {
  private static let seconds = 10.0
  private let mailbox: TrainerMailbox<RunAlgorithm>
  private let units: UnlabelledUnits
  private let desk = UnitDesk(done: 0, unitsOfBatch: 2, writesAhead: false)
  private let session: PeerSession
  private let folder: TemporaryDirectory
  private let shape: UnrollShape
  private var ledger = CaptionLedger(capacity: 100)

  init() throws {
    var configuration = RunConfiguration()
    configuration.environment.task = "text:chain"
    (configuration.text.width, configuration.text.layers, configuration.text.answers) = (16, 1, 2)
    configuration.worker.environmentsPerGroup = 2
    (configuration.learner.unrollLength, configuration.learner.batchSize) = (1, 4)
    (configuration.reward.model, configuration.annotator.kind) = (.none, .none)
    let plan = try RunPlan(configuration)
    let text = try #require(plan.text)
    shape = plan.unrollShape
    mailbox = try TrainerMailbox(
      algorithm: RunAlgorithm(TextAlgorithm(text, configuration)), queueCapacity: 8, counters: RunCounters(seed: 1))
    folder = try TemporaryDirectory()
    let log = try LogWriter(file: folder.path + "/log", stream: nil)
    units = UnlabelledUnits(mailbox: mailbox, units: desk, log: log, seconds: Self.seconds)
    session = PeerSession(
      peer: PeerID([1]), hello: Hello(role: .worker, name: "w", host: "h"), name: "w", address: "", key: nil, number: 1,
      credits: 8, liveness: PeerLiveness(interval: 1, tolerance: 3, now: 0))
    session.grant(8, number: 1)
    #expect(desk.take(2, for: session.peer) == [1, 2])
  }

  private func log() throws -> String { try String(contentsOfFile: folder.path + "/log", encoding: .utf8) }

  private func item(_ unit: UInt64) -> QueuedUnroll {
    let storage = UnrollStorage(shape)
    let unroll = Unroll(
      owner: storage, shape: shape, policyVersion: 0,
      starts: storage.layout.places.map { UnsafeRawPointer(storage.start + $0.offset) })
    return QueuedUnroll(
      unroll: unroll, source: session.peer, sequence: unit, arrivalVersion: 0, group: 1, unit: unit)
  }

  /// What the trainer would take now.
  private func taken() -> [QueuedUnroll] {
    mailbox.queue.takeBatchIfReady(BatchRequest(frames: 2, policyVersion: 0, maximumLag: 0))?.items ?? []
  }

  private mutating func caption(_ text: String) throws -> CaptionID {
    let id = ledger.intern(Array(text.utf8))
    return try #require(id)
  }

  @Test mutating func aUnitWaitsForAllOfItsLabels() throws {
    let (one, two) = (try caption("one"), try caption("two"))
    #expect(units.add(item(1), number: 1, captions: [one, two], of: session, now: 0))
    units.release(ledger, now: 1)
    #expect(taken().isEmpty && units.frames == 2)
    ledger.restore(Array("two".utf8), .label(0.5))
    units.release(ledger, now: 2)
    #expect(taken().isEmpty)
    ledger.restore(Array("one".utf8), .abstain)
    units.release(ledger, now: 3)
    let labels = try #require(taken().first).labels
    #expect(labels.count == 2 && labels[0].isNaN && labels[1] == 0.5)
    #expect(units.frames == 0 && session.owedCredits == 0 && mailbox.counters.discardedSteps == 0)
  }

  /// A caption that the ledger had no place for has no label, and known captions need no wait.
  @Test mutating func whatIsKnownGoesOnAtOnce() throws {
    let known = try caption("known")
    ledger.restore(Array("known".utf8), .label(1))
    #expect(units.add(item(1), number: 1, captions: [known, 0], of: session, now: 0))
    units.release(ledger, now: 0)
    let labels = try #require(taken().first).labels
    #expect(labels[0] == 1 && labels[1].isNaN)
  }

  /// Labels that a new principle withdraws are waited for again.
  @Test mutating func withdrawnLabelsAreAskedAgain() throws {
    let (one, two) = (try caption("one"), try caption("two"))
    #expect(units.add(item(1), number: 1, captions: [one, two], of: session, now: 0))
    ledger.restore(Array("one".utf8), .label(1))
    units.release(ledger, now: 1)
    _ = ledger.forgetVerdicts()
    ledger.restore(Array("two".utf8), .label(0))
    units.release(ledger, now: 2)
    #expect(taken().isEmpty && units.frames == 2)
    ledger.restore(Array("one".utf8), .label(0.25))
    units.release(ledger, now: 3)
    #expect(try #require(taken().first).labels == [0.25, 0])
  }

  @Test mutating func whatWaitsTooLongIsDiscardedAndWrittenAgain() throws {
    let (one, two) = (try caption("one"), try caption("two"))
    for unit in [1, 2] as [UInt64] { try desk.finish(unit, by: session.peer, trajectory: unit) }
    #expect(units.add(item(1), number: 1, captions: [one, two], of: session, now: 0))
    #expect(units.add(item(2), number: 2, captions: [one, one], of: session, now: 5))
    #expect(desk.available == 0)
    units.release(ledger, now: Self.seconds)
    #expect(units.frames == 2 && mailbox.counters.discardedUnlabelled == 2 && session.owedCredits == 1)
    #expect(desk.available == 1 && desk.take(1, for: PeerID([2])) == [1])
    #expect(try log().contains("to be written again: 1;"))
    // A label that comes in time saves the other one.
    ledger.restore(Array("one".utf8), .label(1))
    units.release(ledger, now: Self.seconds + 5)
    #expect(taken().map(\.unit) == [2] && mailbox.counters.discardedUnlabelled == 2)
  }

  /// Together with the queue, no more waits than the queue may hold.
  @Test mutating func whatWaitsHasABound() throws {
    let one = try caption("one")
    for unit in 1...4 as ClosedRange<UInt64> {
      #expect(units.add(item(unit), number: unit, captions: [one, one], of: session, now: 0))
    }
    #expect(!units.add(item(5), number: 5, captions: [one, one], of: session, now: 0))
    #expect(units.frames == 8)
  }
}
