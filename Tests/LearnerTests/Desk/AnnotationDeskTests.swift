import Assembly
import Captions
import IntrinsicReward
import LabelStore
import TestSupport
import Testing
import Transport
import Wire

@testable import Learner

struct AnnotationDeskTests {
  private let folder: TemporaryDirectory
  private var desk: AnnotationDesk
  private static let ann = PeerID([1], connection: 1)
  private let ann = Self.ann
  private let bob = PeerID([2], connection: 2)

  init() throws {
    folder = try TemporaryDirectory()
    desk = try Self.desk(in: folder)
  }

  private static func desk(in folder: TemporaryDirectory) throws -> AnnotationDesk {
    var options = AnnotationDesk.Options()
    options.deadlineSeconds = 10
    options.run = "r"
    return try desk(in: folder, options)
  }

  private static func desk(in folder: TemporaryDirectory, _ options: AnnotationDesk.Options) throws -> AnnotationDesk {
    AnnotationDesk(store: try LabelStore(path: folder.path + "/labels.sqlite"), options: options)
  }

  private static func give(
    _ desk: inout AnnotationDesk, _ labels: Labels, from peer: PeerID, name: String, date: Double = 0
  ) throws -> AnnotationDesk.Outcome {
    let outcome = try desk.answer(
      labels.task, labels.answers, of: labels.origin, from: peer, name: name, date: date)
    try desk.store.append(outcome.records)
    return outcome
  }

  private static func caption(_ text: String) -> [UInt8] { Array(text.utf8) }
  private func caption(_ text: String) -> [UInt8] { Self.caption(text) }

  private func answer(_ task: AnnotationTask, _ outcomes: [LabelOutcome], _ values: [Float]) -> Labels {
    Self.answer(task, outcomes, values)
  }

  private static func answer(_ task: AnnotationTask, _ outcomes: [LabelOutcome], _ values: [Float]) -> Labels {
    Labels(
      task: task.task, ids: task.ids, outcomes: outcomes, values: values, annotatorKind: "rules",
      annotatorVersion: "1", latencySeconds: 0.1)
  }

  @Test mutating func givesTheNewestCaptionsToReadyAnnotators() throws {
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
    // A ready annotator gets one task.
    _ = desk.intern(caption("f"))
    #expect(desk.dispatch(now: 0).isEmpty)
  }

  @Test mutating func newCaptionsAreToldOnceInTheOrderOfTheirIds() throws {
    for text in ["a", "b", "a"] { _ = desk.intern(caption(text)) }
    #expect(desk.newCaptions() == [NewCaption(id: 1, bytes: caption("a")), NewCaption(id: 2, bytes: caption("b"))])
    #expect(desk.newCaptions().isEmpty)
    for text in ["b", "c"] { _ = desk.intern(caption(text)) }
    #expect(desk.newCaptions() == [NewCaption(id: 3, bytes: caption("c"))])
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
    let result = try Self.give(
      &desk, answer(task, [.labelled, .abstained], [0.75, 0]), from: ann, name: "ann", date: 5)
    #expect(result.refused == 0)
    #expect(result.labels == [CaptionLabel(caption: b, value: 0.75)])
    #expect(desk.ledger.state(of: a) == .abstained)

    let reader = try LabelStore(path: folder.path + "/labels.sqlite", access: .readOnly)
    let stored = try reader.all()
    #expect(stored.map(\.caption) == [caption("b"), caption("a")])
    #expect(stored.map(\.verdict) == [.label(0.75), .abstain])
    #expect(
      stored.allSatisfy {
        $0.source
          == RecordSource(
            run: "r", annotator: "ann", origin: LabelOrigin(kind: "rules", version: "1"), answeredAt: 5)
      })
  }

  @Test mutating func takesEarlierLabelsUpAgain() throws {
    for text in ["a", "b", "c"] { _ = desk.intern(caption(text)) }
    desk.isReady(ann, capacity: 2)
    let task = try #require(desk.dispatch(now: 0).first).task
    _ = try Self.give(&desk, answer(task, [.labelled, .abstained], [1, 0]), from: ann, name: "ann", date: 0)

    var next = try Self.desk(in: folder)
    let labels = try next.restore()
    #expect(labels.map(\.value) == [1])
    #expect(next.ledger.bytes(of: labels[0].caption) == caption("c"))
    #expect(next.intern(caption("c")) == labels[0].caption)
    // The answered caption is not asked again; the others are.
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
    // The annotator that left gets nothing.
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
    // Another annotator's task, an unknown task, an unknown caption, a repeated answer.
    #expect(try Self.give(&desk, answer(task, [.labelled], [1]), from: bob, name: "bob", date: 0).refused == 1)
    var labels = answer(task, [.labelled], [1])
    labels.task &+= 1
    #expect(try Self.give(&desk, labels, from: ann, name: "ann", date: 0).refused == 1)
    #expect(desk.ledger.label(of: a) == nil)
    labels = answer(task, [.labelled, .labelled, .labelled], [0.5, 1, 1])
    labels.ids = [a, a + 1, a]
    let result = try Self.give(&desk, labels, from: ann, name: "ann", date: 0)
    #expect(result.labels == [CaptionLabel(caption: a, value: 0.5)])
    #expect(result.refused == 2)
    #expect(try LabelStore(path: folder.path + "/labels.sqlite", access: .readOnly).counts().answers == 1)
  }

  /// Answers captions by two versions, one after the other.
  private static func answerAs(_ version: String, _ texts: [String], in desk: inout AnnotationDesk) throws
    -> AnnotationDesk.Outcome
  {
    for text in texts { _ = desk.intern(caption(text)) }
    desk.isReady(ann, capacity: texts.count)
    let task = try #require(desk.dispatch(now: 0).first).task
    var labels = answer(task, task.ids.map { _ in .labelled }, task.ids.map { _ in 1 })
    labels.annotatorVersion = version
    return try Self.give(&desk, labels, from: ann, name: "ann")
  }

  @Test mutating func theStoresOriginCountsAndAnotherOneIsRefused() throws {
    _ = try Self.answerAs("1", ["a", "b"], in: &desk)
    var next = try Self.desk(in: folder)
    #expect(try next.restore().count == 2)
    let outcome = try Self.answerAs("2", ["c"], in: &next)
    #expect(outcome.forgotten.isEmpty && outcome.labels.isEmpty && outcome.refused == 1)
    let refusal = try #require(outcome.refusal)
    #expect(refusal.contains("labels of \"rules 2\" do not count in this run, those of \"rules 1\" do"))
    #expect(refusal.contains("annotator.expected_origin = \"rules 2\""))
    // Its caption waits for another annotator, and the labels that count are still there.
    #expect(next.ledger.statistics.queued == 1 && next.ledger.label(of: 1) == 1)
    let good = try Self.answerAs("1", ["d"], in: &next)
    #expect(good.refusal == nil && good.labels.count == 1)
  }

  /// A bad annotator that answers first gets nothing adopted.
  @Test mutating func theConfiguredOriginCountsWhoeverAnswersFirst() throws {
    var options = AnnotationDesk.Options()
    options.expectedOrigin = { _ in .exactly(LabelOrigin(kind: "rules", version: "2")) }
    var strict = try Self.desk(in: folder, options)
    _ = try strict.restore()
    #expect(try Self.answerAs("1", ["a", "b"], in: &strict).refusal != nil)
    #expect(try Self.answerAs("2", ["c"], in: &strict).labels.count == 1)
    #expect(strict.origin == LabelOrigin(kind: "rules", version: "2"))

    // A run that wants another origin leaves the stored labels where they are, and finds them when it wants them again.
    var other = options
    other.expectedOrigin = { _ in .exactly(LabelOrigin(kind: "rules", version: "1")) }
    var second = try Self.desk(in: folder, other)
    #expect(try second.restore().isEmpty && second.ledger.statistics.ignored == 1)
    #expect(try Self.answerAs("1", ["e"], in: &second).labels.count == 1)
    var third = try Self.desk(in: folder, options)
    #expect(try third.restore().count == 1)
  }

  @Test mutating func aModelThatOnlyServersNameIsSettledByTheFirstAnswerThatFits() throws {
    var options = AnnotationDesk.Options()
    options.expectedOrigin = { _ in .beginning(kind: "rules", version: "default@1 ") }
    var open = try Self.desk(in: folder, options)
    _ = try open.restore()
    #expect(try Self.answerAs("evil", ["a"], in: &open).refusal != nil)
    #expect(try Self.answerAs("default@1 small", ["b"], in: &open).refusal == nil)
    #expect(try Self.answerAs("default@1 large", ["c"], in: &open).refusal != nil)
    // The next session keeps to the model whose labels it has.
    var next = try Self.desk(in: folder, options)
    #expect(try next.restore().count == 1)
    #expect(next.origin?.version == "default@1 small")
  }

  @Test mutating func aNewPrincipleForgetsWhatTheOldOneSaid() throws {
    _ = try Self.answerAs("gold", ["a", "b"], in: &desk)
    _ = desk.intern(caption("c"))
    desk.isReady(ann, capacity: 1)
    let late = try #require(desk.dispatch(now: 0).first).task
    #expect(late.principle.isEmpty)
    #expect(Set(desk.judge(by: "Go down.")) == [1, 2])
    #expect(desk.ledger.statistics.queued == 3 && desk.ledger.statistics.inFlight == 0)
    // An answer by the old principle changes nothing, and its annotator may continue.
    #expect(try Self.give(&desk, answer(late, [.labelled], [1]), from: ann, name: "ann").refused == 1)
    desk.isReady(ann, capacity: 9)
    let task = try #require(desk.dispatch(now: 0).first).task
    #expect(task.principle == "Go down." && task.ids.count == 3)
    var labels = answer(task, [.labelled, .labelled, .labelled], [0, 1, 0])
    labels.annotatorVersion = "down"
    let outcome = try Self.give(&desk, labels, from: ann, name: "ann")
    #expect(outcome.refused == 0 && outcome.labels.count == 3 && outcome.forgotten.isEmpty)
    #expect(desk.origin == LabelOrigin(kind: "rules", version: "down"))
  }

  @Test mutating func whatALabelRestsOnIsStoredWithIt() throws {
    for text in ["a", "b"] { _ = desk.intern(caption(text)) }
    desk.isReady(ann, capacity: 2)
    let task = try #require(desk.dispatch(now: 0).first).task
    var labels = answer(task, [.labelled, .abstained], [0.75, 0])
    (labels.logOdds, labels.prompt, labels.goal) = ([1.25, .nan], "default@1:00", "gold")
    labels.sources = [
      LabelEvidence(
        model: "m", server: "http://s", latencySeconds: 0.5, promptTokens: 90, answerTokens: 1, samples: 1,
        answerDigest: 7),
      LabelEvidence(),
    ]
    labels.asked = [caption("(name)"), []]
    _ = try Self.give(&desk, labels, from: ann, name: "ann")
    let stored = try LabelStore(path: folder.path + "/labels.sqlite", access: .readOnly).all()
    let asked = try #require(stored.first { $0.caption == task.captions[0] })
    #expect(asked.judgement.logOdds == 1.25 && asked.judgement.asked == caption("(name)"))
    #expect(
      asked.judgement.evidence
        == LabelEvidence(
          prompt: "default@1:00", goal: "gold", model: "m", server: "http://s", latencySeconds: 0.5, promptTokens: 90,
          answerTokens: 1, samples: 1, answerDigest: 7))
    let other = try #require(stored.first { $0.caption == task.captions[1] })
    #expect(other.verdict == .abstain && other.judgement.evidence == nil && other.judgement.asked == nil)
  }

  @Test mutating func asksWhatTheRewardModelIsLeastSureOf() throws {
    var options = AnnotationDesk.Options()
    options.ledger.order = try #require(AskingOrder(newest: 0, frequent: 0, uncertain: 1))
    var desk = try Self.desk(in: folder, options)
    for text in ["a", "b", "c"] { _ = desk.intern(caption(text)) }
    desk.setUncertainties([.nan, 0.2, 0.6, 0.4])
    var order: [CaptionID] = []
    for _ in 0..<3 {
      desk.isReady(ann, capacity: 1)
      order += try #require(desk.dispatch(now: 0).first).task.ids
    }
    #expect(order == [2, 3, 1])
  }

  @Test mutating func asksWhatMostStepsMeet() throws {
    var options = AnnotationDesk.Options()
    options.ledger.order = try #require(AskingOrder(effect: 1))
    var desk = try Self.desk(in: folder, options)
    #expect(desk.countsSightings)
    for text in ["a", "b", "c"] { _ = desk.intern(caption(text)) }
    for (id, steps) in [(1, 50), (2, 100), (3, 10)] as [(CaptionID, UInt32)] { desk.countSightings(steps, of: id) }
    desk.setUncertainties([.nan, 0.2, 0.01])
    desk.isReady(ann, capacity: 3)
    #expect(try #require(desk.dispatch(now: 0).first).task.ids == [1, 3, 2])
  }

  @Test mutating func anyVersionCountsWhereThatIsSaid() throws {
    var options = AnnotationDesk.Options()
    options.acceptsAnyOrigin = true
    var any = try Self.desk(in: folder, options)
    _ = try Self.answerAs("1", ["a"], in: &any)
    #expect(try Self.answerAs("2", ["b"], in: &any).labels.count == 1)
    var next = try Self.desk(in: folder, options)
    #expect(try next.restore().count == 2 && next.ledger.statistics.ignored == 0)
  }

  @Test mutating func sharedQuestionsLabelAllTheirCaptions() throws {
    var options = AnnotationDesk.Options()
    options.ledger.sharing = .templates
    var sharing = try Self.desk(in: folder, options)
    let outcome = try Self.answerAs("1", ["gold 1", "gold 2"], in: &sharing)
    #expect(Set(outcome.labels.map(\.caption)) == [1, 2])
    #expect(sharing.takeInherited().isEmpty)
    _ = sharing.intern(caption("gold 3"))
    #expect(sharing.takeInherited() == [CaptionLabel(caption: 3, value: 1)] && sharing.takeInherited().isEmpty)
    let stored = try LabelStore(path: folder.path + "/labels.sqlite", access: .readOnly).all()
    #expect(stored.map(\.template) == [caption("gold {number}")])
  }

  @Test mutating func theBudgetOfARunOutlivesItsSessions() throws {
    var options = AnnotationDesk.Options()
    options.run = "r"
    options.ledger.budget = AskingBudget(labels: 2)
    var limited = try Self.desk(in: folder, options)
    _ = try Self.answerAs("1", ["a", "b"], in: &limited)
    #expect(limited.exhaustionNotice() == .labels && limited.exhaustionNotice() == nil)
    var next = try Self.desk(in: folder, options)
    _ = try next.restore()
    _ = next.intern(caption("c"))
    next.isReady(ann, capacity: 1)
    #expect(next.dispatch(now: 0).isEmpty && next.exhaustionNotice() == .labels)
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
