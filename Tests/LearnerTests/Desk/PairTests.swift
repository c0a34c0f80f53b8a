import IntrinsicReward
import LabelStore
import TestSupport
import Testing
import Transport
import Wire

@testable import Learner

struct PairTests {
  private let folder: TemporaryDirectory
  private var desk: AnnotationDesk
  private let ann = PeerID([1], connection: 1)
  private let texts = ["a", "b", "c", "d", "e", "f"]

  init() throws {
    folder = try TemporaryDirectory()
    desk = try Self.desk(in: folder, share: 0.5)
  }

  private static func desk(in folder: TemporaryDirectory, share: Double) throws -> AnnotationDesk {
    var options = AnnotationDesk.Options()
    options.deadlineSeconds = 10
    options.pairShare = share
    return AnnotationDesk(store: try LabelStore(path: folder.path + "/labels.sqlite"), options: options)
  }

  private func answer(_ task: AnnotationTask, _ values: [Float], _ outcomes: [LabelOutcome]? = nil) -> Labels {
    Labels(
      task: task.task, ids: task.ids, partners: task.partners,
      outcomes: outcomes ?? task.ids.map { _ in .labelled }, values: values, annotatorKind: "llm-pairs",
      annotatorVersion: "1", latencySeconds: 0.1)
  }

  private mutating func next(_ capacity: Int, now: Double = 0) throws -> AnnotationTask {
    desk.isReady(ann, capacity: capacity)
    return try #require(desk.dispatch(now: now).first).task
  }

  @Test mutating func everySecondTaskIsOneOfPairs() throws {
    for text in texts { _ = desk.intern(Array(text.utf8)) }
    var kinds: [Bool] = []
    for _ in 0..<4 { kinds.append(try next(1).partners.isEmpty) }
    #expect(kinds == [true, false, true, false])
  }

  @Test mutating func answersAreStoredAndLearnedFrom() throws {
    for text in texts { _ = desk.intern(Array(text.utf8)) }
    _ = try next(1)
    let task = try next(3)
    #expect(task.ids.count == 3 && zip(task.ids, task.partners).allSatisfy { $0 != $1 })
    #expect(zip(task.partners, task.partnerCaptions).allSatisfy { desk.ledger.bytes(of: $0) == $1 })
    let labels = answer(task, [1, 0.5, 0], [.labelled, .labelled, .abstained])
    let outcome = try desk.answerPairs(labels, from: ann, name: "ann", date: 5)
    try desk.store.append(outcome.records)
    #expect(outcome.refused == 0 && outcome.preferences.map(\.target) == [1, 0.5])
    #expect(outcome.preferences.map(\.first) == Array(task.ids.prefix(2)))
    // A task that was answered is not accepted again.
    #expect(try desk.answerPairs(labels, from: ann, name: "ann", date: 5).refused == 3)

    var later = try Self.desk(in: folder, share: 1)
    _ = try later.restore()
    let restored = try later.restorePairs()
    #expect(restored.map(\.target) == [1, 0.5])
    #expect(restored.map { later.ledger.bytes(of: $0.first) } == task.captions.prefix(2).map { $0 })
    // A desk that asks no pairs reads no preferences.
    var plain = try Self.desk(in: folder, share: 0)
    #expect(try plain.restorePairs().isEmpty)
  }

  @Test mutating func whatIsNotAnsweredGoesBack() throws {
    for text in texts { _ = desk.intern(Array(text.utf8)) }
    _ = try next(1)
    let task = try next(2)
    #expect(desk.pairs?.statistics.inFlight == 2)
    #expect(desk.expire(now: 10) == 3)
    #expect(desk.pairs?.statistics.returned == 2 && desk.pairs?.statistics.inFlight == 0)
    #expect(try desk.answerPairs(answer(task, [1, 1]), from: ann, name: "ann", date: 0).refused == 2)
    _ = try next(1, now: 11)
    _ = try next(2, now: 11)
    #expect(desk.left(ann) == 3)
  }
}
