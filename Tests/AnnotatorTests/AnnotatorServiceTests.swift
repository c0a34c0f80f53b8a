import Annotator
import Configuration
import Environments
import Testing
import Wire

struct AnnotatorServiceTests {
  private func labels(_ messages: [Message]) -> [Labels] {
    messages.compactMap { if case .labels(let labels) = $0 { labels } else { nil } }
  }

  private func isReady(_ messages: [Message]) -> Bool {
    messages.contains { if case .ready = $0 { true } else { false } }
  }

  private func hello(_ messages: [Message]) -> Hello? {
    for case .hello(let hello) in messages { return hello }
    return nil
  }

  @Test func labelsATaskAndAsksForTheNextOnceItIsDurable() throws {
    let learner = try ScriptedLearner()
    try learner.begin()
    let captions = ["You unlock the door.", "It's a wall.", "What is this?"]
    let expected = captions.map { CaptionGrid.label(of: Array($0.utf8)) }
    try learner.give(4, captions)
    let answer = try learner.pump(1)
    let labels = try #require(labels(answer).first)
    #expect(labels.task == 4 && labels.ids == [11, 12, 13])
    #expect(labels.outcomes == expected.map { $0 == nil ? .abstained : .labelled })
    #expect(labels.values == expected.map { $0 == true ? 1 : 0 })
    #expect(labels.outcomes.last == .abstained)
    #expect(!isReady(answer))
    #expect(try learner.pump(2).isEmpty)
    try learner.send(.labelsAcknowledgement(LabelsAcknowledgement(task: 4)))
    #expect(isReady(try learner.pump(3)))
  }

  @Test func holdsAnAnswerBackForItsDelay() throws {
    let learner = try ScriptedLearner { $0.annotator.stub = "delay_seconds=5" }
    try learner.begin()
    try learner.give(1, ["It's a wall."])
    #expect(try labels(learner.pump(2)).isEmpty)
    #expect(try labels(learner.pump(6.9)).isEmpty)
    let answer = try #require(labels(try learner.pump(7)).first)
    #expect(answer.latencySeconds == 5)
  }

  @Test func inAnOutageItAnswersNothingAndIsReadyAgainWhenTheTaskHasLapsed() throws {
    let learner = try ScriptedLearner {
      $0.annotator.stub = "outage_after_seconds=3 outage_seconds=100"
    }
    try learner.begin()
    try learner.give(1, ["It's a wall."], deadlineSeconds: 8)
    #expect(try learner.pump(4).isEmpty)
    #expect(try learner.pump(11.9).contains { $0 != .heartbeat(Heartbeat()) } == false)
    let messages = try learner.pump(12)
    #expect(isReady(messages) && labels(messages).isEmpty)
    #expect(learner.log.contains("dropped task 1: no answer within 8.0 s"))
  }

  @Test func saysHelloWithWhatItHoldsAfterALossAndForgetsItsTask() throws {
    let learner = try ScriptedLearner { $0.annotator.stub = "delay_seconds=50" }
    let first = try #require(hello(try learner.pump(0)))
    #expect(first.role == .annotator && first.name == "a" && first.configurationHash.isEmpty)
    try learner.welcome()
    _ = try learner.pump(0)
    try learner.give(1, ["It's a wall."], deadlineSeconds: 1000)
    _ = try learner.pump(1)
    // Three heartbeats of 10 s go unanswered.
    _ = try learner.pump(31)
    #expect(learner.log.contains("left 3 heartbeats unanswered"))
    let second = try #require(hello(try learner.pump(32)))
    #expect(second.configurationHash == Array("hash".utf8))
    #expect(second.name == first.name)
    try learner.welcome()
    #expect(isReady(try learner.pump(33)))
    #expect(try labels(learner.pump(51)).isEmpty)
  }

  @Test func aRefusalEndsIt() throws {
    let learner = try ScriptedLearner()
    _ = try learner.pump(0)
    try learner.send(.refused(Refused(reason: .configuration, text: "the run has another one")))
    let error = try #require(throws: AnnotatorError.self) { try learner.pump(1) }
    #expect("\(error)" == "the learner refused this annotator: the run has another one")
  }

  @Test func aRunWithoutAnnotatorHasNoUseForIt() throws {
    let learner = try ScriptedLearner {
      $0.annotator.kind = .none
      $0.reward.model = .none
    }
    _ = try learner.pump(0)
    try learner.welcome()
    let error = try #require(throws: AnnotatorError.self) { try learner.pump(1) }
    #expect("\(error)".contains("the run has no annotator"))
  }

  @Test func aGoodbyeIsAnsweredAndEndsIt() throws {
    let learner = try ScriptedLearner()
    try learner.begin()
    #expect(!learner.annotator.isFinished)
    try learner.send(.goodbye(Goodbye(reason: .runOver, text: "the run is complete")))
    #expect(try learner.pump(1) == [.goodbye(Goodbye(reason: .leaving, text: "dismissed"))])
    #expect(learner.annotator.isFinished)
    #expect(learner.log.contains("the learner ended the session: the run is complete"))
  }
}
