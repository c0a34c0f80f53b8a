import Captions
import Judging
import Synchronization
import Testing
import Wire

@testable import Annotator

struct AskingTaskHandlerTests {
  private final class Lines: Sendable {
    let all = Mutex<[String]>([])
  }

  private let judge: HeldJudge
  private let handler: AskingTaskHandler
  private let lines = Lines()

  init() throws {
    let judge = HeldJudge(concurrency: 8)
    self.judge = judge
    handler = try AskingTaskHandler(
      maximumPortion: 100, judges: { _ in judge }, now: 0,
      log: { [lines] line in lines.all.withLock { $0.append(line) } })
  }

  private func task(_ number: UInt64, _ captions: String..., deadlineSeconds: Double = 30) -> AnnotationTask {
    AnnotationTask(
      task: number, deadlineSeconds: deadlineSeconds, ids: captions.indices.map { UInt32($0) + 1 },
      captions: captions.map { Array($0.utf8) })
  }

  private func release(_ caption: String, _ result: Result<Judgement, ModelFailure>) {
    judge.release(Array(caption.utf8), result)
  }

  /// The answers that are due at `now`, after `count` more judgements have ended. It yields, because judgements need a
  /// thread.
  private func finished(after count: Int, now: Double) async -> [Labels] {
    var answers: [Labels] = []
    let before = handler.endedCount
    while handler.endedCount < before + count {
      await Task.yield()
      answers += handler.finished(now: now)
    }
    return answers
  }

  private func expectIdentity(sourceLocation: SourceLocation = #_sourceLocation) {
    let s = handler.statistics
    #expect(s.asked == s.labelled + s.abstained + s.returned + s.inFlight, sourceLocation: sourceLocation)
  }

  private let good = Judgement(
    .label(1), logOdds: 2,
    evidence: LabelEvidence(
      prompt: "default@1:00", goal: "gold", model: "m", server: "http://s", latencySeconds: 0.5, promptTokens: 90,
      answerTokens: 1, samples: 1, answerDigest: 7))

  @Test func takesPortionsUntilItHasTwiceWhatItAsksAtOnce() {
    var taken = 0
    while handler.freeCapacity > 0 {
      #expect(handler.freeCapacity == 2)
      handler.begin(task(UInt64(taken + 1), "a\(taken)", "b\(taken)"), now: 0)
      taken += 2
    }
    #expect(taken == 16 && handler.statistics.inFlight == 16)
    handler.forgetAll()
  }

  @Test func answersATaskWhenItsLastCaptionIsJudged() async throws {
    handler.begin(task(5, "a", "b", "c"), now: 1)
    release("a", .success(good))
    release("c", .success(Judgement(.abstain, evidence: good.evidence)))
    #expect(await finished(after: 2, now: 2).isEmpty)
    release("b", .success(Judgement(.label(0), logOdds: -1, evidence: good.evidence)))
    let labels = try #require(await finished(after: 1, now: 3).first)
    #expect(labels.task == 5 && labels.ids == [1, 2, 3])
    #expect(labels.outcomes == [.labelled, .labelled, .abstained] && labels.values == [1, 0, 0])
    #expect(labels.logOdds[0] == 2 && labels.logOdds[1] == -1 && labels.logOdds[2].isNaN)
    #expect(labels.annotatorKind == "held" && labels.prompt == "default@1:00" && labels.goal == "gold")
    #expect(labels.sources[1].promptTokens == 90 && labels.sources[1].answerDigest == 7)
    #expect(labels.latencySeconds == 2)
    #expect(handler.statistics.labelled == 2 && handler.statistics.abstained == 1)
    #expect(handler.statistics.tokens == 3 * 91 && handler.statistics.inFlight == 0)
    expectIdentity()
  }

  @Test func leavesOutWhatCouldNotBeJudged() async throws {
    handler.begin(task(1, "a", "b"), now: 0)
    release("a", .failure(.unavailable("no server")))
    release("b", .success(good))
    let labels = try #require(await finished(after: 2, now: 1).first)
    #expect(labels.ids == [2])
    #expect(handler.statistics.returned == 1 && handler.statistics.labelled == 1)
    expectIdentity()
  }

  @Test func keepsATaskOfWhichNothingWasJudgedUntilItLapses() async throws {
    handler.begin(task(1, "a", "b", deadlineSeconds: 10), now: 0)
    for caption in ["a", "b"] { release(caption, .failure(.refused(server: "s", status: 401, "wrong key"))) }
    #expect(await finished(after: 2, now: 9).isEmpty)
    #expect(handler.statistics.inFlight == 2)
    #expect(handler.nextDeadline(now: 9) == 10)
    #expect(handler.finished(now: 10).isEmpty)
    #expect(handler.statistics.inFlight == 0 && handler.statistics.returned == 2)
    expectIdentity()
  }

  @Test func answersWithWhatThereIsWhenTheDeadlineComes() async throws {
    handler.begin(task(1, "slow", "quick", deadlineSeconds: 10), now: 0)
    release("quick", .success(good))
    #expect(await finished(after: 1, now: 5).isEmpty)
    let labels = try #require(handler.finished(now: 10).first)
    #expect(labels.ids == [2])
    #expect(handler.statistics.returned == 1)
    expectIdentity()
    // The unfinished judgement is cancelled, and its end changes nothing.
    #expect(await finished(after: 1, now: 11).isEmpty)
    #expect(judge.cancelledCount == 1)
    expectIdentity()
  }

  @Test func aLostConnectionReturnsEverything() async throws {
    handler.begin(task(1, "a", "b"), now: 0)
    release("a", .success(good))
    #expect(await finished(after: 1, now: 1).isEmpty)
    handler.forgetAll()
    #expect(handler.statistics.returned == 2 && handler.statistics.labelled == 0 && handler.statistics.inFlight == 0)
    #expect(await finished(after: 1, now: 2).isEmpty)
    expectIdentity()
  }

  @Test func logsWhatHasBecomeOfItsCaptions() async throws {
    handler.begin(task(1, "a"), now: 0)
    #expect(handler.nextDeadline(now: 0) == 10)
    release("a", .success(good))
    _ = await finished(after: 1, now: 10)
    #expect(
      lines.all.withLock { $0 } == [
        "asked 1, labelled 1, abstained 0, returned 0, in flight 0, tokens 91; 0.1 labels/s"
      ])
    #expect(handler.nextDeadline(now: 10) == .infinity)
  }

  @Test func thereIsNoRoomBeforeItIsKnownWhoJudges() throws {
    let judge = HeldJudge(concurrency: 4)
    judge.isKnown.withLock { $0 = false }
    let handler = try AskingTaskHandler(maximumPortion: 2, judges: { _ in judge }, now: 0, log: { _ in })
    #expect(handler.freeCapacity == 0 && handler.description.contains("of an unknown model"))
    judge.isKnown.withLock { $0 = true }
    #expect(handler.freeCapacity > 0 && handler.description == "held 1")
  }

  @Test func comparesThePairsOfATask() async throws {
    let judge = judge
    let handler = try AskingTaskHandler(
      maximumPortion: 9, judges: { _ in judge }, pairJudge: LongerWins(), now: 0, log: { _ in })
    var task = task(3, "long", "a", "b")
    task.partners = [9, 8, 7]
    task.partnerCaptions = ["no", "b", "fails"].map { Array($0.utf8) }
    handler.begin(task, now: 0)
    var answers: [Labels] = []
    while answers.isEmpty {
      await Task.yield()
      answers = handler.finished(now: 1)
    }
    #expect(answers[0].annotatorKind == "pairs" && answers[0].annotatorVersion == "7")
    #expect(answers[0].ids == [1, 2] && answers[0].partners == [9, 8] && answers[0].values == [1, 0.5])
    #expect(handler.statistics.returned == 1 && handler.statistics.labelled == 2)
  }

  @Test func judgesByTheTasksPrinciple() async throws {
    let asked = Lines()
    let judge = judge
    let handler = try AskingTaskHandler(
      maximumPortion: 1,
      judges: { principle in
        asked.all.withLock { $0.append(principle) }
        return judge
      }, now: 0, log: { _ in })
    var task = task(1, "a")
    task.principle = "dig down"
    handler.begin(task, now: 0)
    #expect(asked.all.withLock { $0 } == ["", "dig down"])
    handler.forgetAll()
  }
}

/// Prefers the longer caption and has no server for one of them.
private struct LongerWins: PairComparing {
  let kind = "pairs"
  let version: String? = "7"

  func judge(
    _ first: [UInt8], _ second: [UInt8], deadlineSeconds: Double
  ) async throws(ModelFailure) -> PairJudgement {
    if second == Array("fails".utf8) { throw .unavailable("no server") }
    return PairJudgement(first.count > second.count ? .first : .tie)
  }
}
