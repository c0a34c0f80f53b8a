import Annotation
import IntrinsicReward
import TestSupport
import Testing
import Transport
import Wire

@testable import Learner

struct AnnotationDeskTests {
  private let folder: TemporaryDirectory
  private var desk: AnnotationDesk
  private let ann = PeerID([1])
  private let bob = PeerID([2])

  init() throws {
    folder = try TemporaryDirectory()
    desk = try Self.desk(in: folder)
  }

  private static func desk(in folder: TemporaryDirectory) throws -> AnnotationDesk {
    AnnotationDesk(store: try LabelStore(path: folder.path + "/labels.sqlite"), deadlineSeconds: 10)
  }

  private func caption(_ text: String) -> [UInt8] { Array(text.utf8) }

  private func answer(_ task: AnnotationTask, _ outcomes: [LabelOutcome], _ values: [Float]) -> Labels {
    Labels(
      task: task.task, ids: task.ids, outcomes: outcomes, values: values, annotatorKind: "rules",
      annotatorVersion: "1", latencySeconds: 0.1)
  }

  @Test mutating func givesTheNewestCaptionsToWhoeverIsReady() throws {
    let ids = ["a", "b", "c", "d", "e"].map { desk.intern(caption($0)) }
    #expect(Set(ids).count == 5)
    #expect(desk.intern(caption("a")) == ids[0])
    #expect(desk.dispatch(now: 0).isEmpty)

    desk.isReady(ann, capacity: 2)
    desk.isReady(bob, capacity: 100)
    let tasks = desk.dispatch(now: 0)
    try #require(tasks.map(\.peer) == [ann, bob])
    #expect(tasks[0].task.ids == [ids[4], ids[3]])
    #expect(tasks[0].task.captions == [caption("e"), caption("d")])
    #expect(tasks[1].task.ids == [ids[2], ids[1], ids[0]])
    #expect(tasks[0].task.task != tasks[1].task.task)
    // Ready counts once.
    _ = desk.intern(caption("f"))
    #expect(desk.dispatch(now: 0).isEmpty)
  }

  @Test mutating func keepsAnAnnotatorWaitingUntilThereAreCaptions() throws {
    desk.isReady(ann, capacity: 2)
    #expect(desk.dispatch(now: 0).isEmpty)
    let id = desk.intern(caption("a"))
    let task = try #require(desk.dispatch(now: 0).first)
    #expect(task.task.ids == [id])
  }

  @Test mutating func anAnswerIsDurableWhenItReturns() throws {
    let (a, b) = (desk.intern(caption("a")), desk.intern(caption("b")))
    desk.isReady(ann, capacity: 9)
    let task = try #require(desk.dispatch(now: 0).first).task
    let result = try desk.answer(answer(task, [.labelled, .abstained], [0.75, 0]), from: ann, name: "ann", date: 5)
    #expect(result.refused == 0)
    #expect(result.labels == [CaptionLabel(caption: b, value: 0.75)])
    #expect(desk.ledger.state(of: a) == .abstained)

    let reader = try LabelStore(path: folder.path + "/labels.sqlite", access: .readOnly)
    let stored = try reader.all()
    #expect(stored.map(\.caption) == [caption("b"), caption("a")])
    #expect(stored.map(\.verdict) == [.label(0.75), .abstain])
    #expect(
      stored.allSatisfy { $0.annotator == "ann" && $0.kind == "rules" && $0.version == "1" && $0.answeredAt == 5 })
  }

  @Test mutating func takesEarlierLabelsUpAgain() throws {
    for text in ["a", "b", "c"] { _ = desk.intern(caption(text)) }
    desk.isReady(ann, capacity: 2)
    let task = try #require(desk.dispatch(now: 0).first).task
    _ = try desk.answer(answer(task, [.labelled, .abstained], [1, 0]), from: ann, name: "ann", date: 0)

    var next = try Self.desk(in: folder)
    let labels = try next.restore()
    #expect(labels.map(\.value) == [1])
    #expect(next.ledger.bytes(of: labels[0].caption) == caption("c"))
    #expect(next.intern(caption("c")) == labels[0].caption)
    // What was answered is not asked again; what was not is.
    for text in ["a", "b"] { _ = next.intern(caption(text)) }
    next.isReady(bob, capacity: 9)
    #expect(next.dispatch(now: 0).map(\.task.captions) == [[caption("a")]])
  }

  @Test mutating func aPeerThatLeavesGivesItsCaptionsBack() throws {
    for text in ["a", "b"] { _ = desk.intern(caption(text)) }
    desk.isReady(ann, capacity: 9)
    #expect(desk.dispatch(now: 0).count == 1)
    desk.isReady(ann, capacity: 9)
    #expect(desk.left(ann) == 2)
    // Not to the one who left.
    #expect(desk.dispatch(now: 1).isEmpty)
    desk.isReady(bob, capacity: 9)
    let again = try #require(desk.dispatch(now: 1).first)
    #expect(again.peer == bob && again.task.ids.count == 2)
  }

  @Test mutating func anUnansweredTaskGoesBackAtItsDeadline() throws {
    _ = desk.intern(caption("a"))
    desk.isReady(ann, capacity: 9)
    let task = try #require(desk.dispatch(now: 100).first).task
    #expect(task.deadlineSeconds == 10)
    #expect(desk.expire(now: 109.9) == 0)
    #expect(desk.expire(now: 110) == 1)
    desk.isReady(bob, capacity: 9)
    #expect(desk.dispatch(now: 110).first?.task.captions == [caption("a")])
  }

  @Test mutating func refusesWhatWasNotAsked() throws {
    let a = desk.intern(caption("a"))
    desk.isReady(ann, capacity: 1)
    let task = try #require(desk.dispatch(now: 0).first).task
    // Another's task, a task that never was, a caption that never was, an answer that came twice.
    #expect(try desk.answer(answer(task, [.labelled], [1]), from: bob, name: "bob", date: 0).refused == 1)
    var labels = answer(task, [.labelled], [1])
    labels.task &+= 1
    #expect(try desk.answer(labels, from: ann, name: "ann", date: 0).refused == 1)
    #expect(desk.ledger.label(of: a) == nil)
    labels = answer(task, [.labelled, .labelled, .labelled], [0.5, 1, 1])
    labels.ids = [a, a + 1, a]
    let result = try desk.answer(labels, from: ann, name: "ann", date: 0)
    #expect(result.labels == [CaptionLabel(caption: a, value: 0.5)])
    #expect(result.refused == 2)
    #expect(try LabelStore(path: folder.path + "/labels.sqlite", access: .readOnly).counts().answers == 1)
  }

  /// An answer to an earlier learner's task must not label another caption of this learner.
  @Test func tasksOfAnotherLearnerHaveOtherNumbers() throws {
    var numbers: Set<UInt64> = []
    for _ in 0..<8 {
      var desk = try Self.desk(in: TemporaryDirectory())
      _ = desk.intern(caption("a"))
      desk.isReady(ann, capacity: 1)
      numbers.insert(try #require(desk.dispatch(now: 0).first).task.task)
    }
    #expect(numbers.count == 8)
  }
}
