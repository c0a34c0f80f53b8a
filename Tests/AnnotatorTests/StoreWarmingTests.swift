import Captions
import Judging
import LabelStore
import Synchronization
import TestSupport
import Testing

@testable import Annotator

/// Says what a closure says, and counts the questions.
private final class CountingJudge: CaptionJudge {
  typealias Say = @Sendable (_ caption: String) throws(ModelFailure) -> Judgement

  let kind = "llm"
  let concurrency = 4
  /// Whether the version is known before the first answer.
  private let knowsVersion: Bool
  private let say: Say
  private let asked = Mutex<[String]>([])

  init(knowsVersion: Bool = true, _ say: @escaping Say = { _ throws(ModelFailure) in Judgement(.label(1)) }) {
    self.knowsVersion = knowsVersion
    self.say = say
  }

  var questions: [String] { asked.withLock { $0 } }
  var version: String? { knowsVersion || !questions.isEmpty ? "v" : nil }

  func judge(_ caption: [UInt8], deadlineSeconds: Double) async throws(ModelFailure) -> Judgement {
    let text = String(decoding: caption, as: UTF8.self)
    asked.withLock { $0.append(text) }
    return try say(text)
  }
}

struct StoreWarmingTests {
  private let folder: TemporaryDirectory
  private let store: LabelStore

  init() throws {
    folder = try TemporaryDirectory()
    store = try LabelStore(path: folder.path + "/warm.sqlite")
  }

  private func captions(_ texts: [String]) -> [[UInt8]] { texts.map { Array($0.utf8) } }

  @Test(arguments: [true, false])
  func whatIsNotAnsweredIsAskedOnce(knowsVersion: Bool) async throws {
    let texts = (0..<200).map { "message \(String(repeating: "x", count: $0))" }
    let first = try await StoreWarming(store, CountingJudge(knowsVersion: knowsVersion)).run(captions(texts))
    #expect(first.total == 200 && first.labelled == 200 && first.left == 0 && first.failure == nil)
    #expect(first.summary.hasPrefix("asked 200 captions: 200 labels, 0 abstentions, 0 left"))
    let judge = CountingJudge(knowsVersion: true)
    let second = try await StoreWarming(store, judge).run(captions(texts + ["new"]))
    #expect(second.total == 1 && second.labelled == 1 && judge.questions == ["new"])
    #expect(try store.counts().answers == 201 && store.origins() == [LabelOrigin(kind: "llm", version: "v")])
  }

  @Test func aTemplateIsAskedOnce() async throws {
    let texts = ["You kill the newt!", "You kill the acid blob!", "$ - 2 gold pieces.", "$ - 3 gold pieces."]
    let judge = CountingJudge()
    let progress = try await StoreWarming(store, judge).run(captions(texts))
    #expect(progress.total == 2 && Set(judge.questions) == [texts[0], texts[2]])
    #expect(
      Set(try store.all().map(\.template)) == Set(captions(["You kill the {creature}!", "$ - {number} gold pieces."])))
    var options = StoreWarming.Options()
    options.sharing = []
    #expect(try await StoreWarming(store, judge, options).run(captions(texts)).total == 2)
    #expect(try store.all().count == 4)
  }

  @Test func anInterruptedWarmingContinues() async throws {
    let texts = (0..<100).map { "m\(String(repeating: "y", count: $0))" }
    let failing = CountingJudge { caption throws(ModelFailure) in
      if caption.count > 40 { throw .unavailable("nobody there") }
      return Judgement(.abstain, unreadable: UnreadableAnswer(reason: "no word", said: "Hm"))
    }
    let first = try await StoreWarming(store, failing).run(captions(texts))
    #expect(first.abstained == 40 && first.left == 60 && first.failure == "nobody there")
    #expect(first.failed >= StoreWarming.maximumFailures && first.failed < 20)
    #expect(try first.unreadable?.said == "Hm" && store.unreadableAnswers().count == 1)
    let second = try await StoreWarming(store, CountingJudge()).run(captions(texts))
    #expect(second.total == 60 && second.labelled == 60)
  }

  @Test(arguments: [true, false])
  func aRefusalEndsIt(knowsVersion: Bool) async throws {
    let judge = CountingJudge(knowsVersion: knowsVersion) { _ throws(ModelFailure) in
      throw .refused(server: "s", status: 401, "no key")
    }
    let progress = try await StoreWarming(store, judge).run(
      captions((0..<50).map { "a\($0)" + String(repeating: "z", count: $0) }))
    #expect(
      progress.left == 50 && progress.failure == "s refused with status 401: no key" && judge.questions.count <= 5)
  }
}
