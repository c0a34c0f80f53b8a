import Captions
import Foundation
import Judging
import LabelStore
import Runtime
import Wire

/// Asks a judge about many captions outside a run and keeps the answers in a label store, so that later runs find them
/// there. Answers are on disk within about a second; an interrupted warming continues where it ended, because captions
/// with an answer of the judge's origin are not asked again.
public struct StoreWarming: Sendable {
  public struct Options: Sendable {
    /// The annotator's name in the store.
    public var annotator = "warm"
    /// Seconds for each caption.
    public var deadlineSeconds = 60.0
    /// Which captions are asked once. The answer counts for all of them in runs that share questions in the same way.
    public var sharing: QuestionSharing = [.templates]

    public init() {}
  }

  /// Captions without an answer after which the warming ends: something is wrong with the servers.
  static let maximumFailures = 8
  /// Answers of a transaction at most, and seconds that an answer waits for others.
  private static let answersPerTransaction = 64
  private static let secondsPerTransaction = 1.0
  private static let secondsPerReport = 5.0

  private let store: LabelStore
  private let judge: any CaptionJudge
  private let options: Options

  public init(_ store: LabelStore, _ judge: any CaptionJudge, _ options: Options = Options()) {
    self.store = store
    self.judge = judge
    self.options = options
  }

  /// Asks about the captions that have no answer of the judge's origin, in their order.
  /// - Parameter report: called every few seconds.
  /// - Returns: the final state; `failure` says why captions are left.
  /// - Throws: `LabelStoreError` if the store cannot be read or written.
  public func run(
    _ captions: [[UInt8]], report: @Sendable (WarmingProgress) -> Void = { _ in }
  ) async throws -> WarmingProgress {
    let began = MonotonicClock.seconds
    var progress = WarmingProgress()
    var first: (question: Question, result: Result<Judgement, ModelFailure>)?
    let all = questions(captions)
    // The model's name, and with it the origin, may be known only after an answer.
    if judge.version == nil, let question = all.first {
      let result = await Self.judge(question.caption, judge, options.deadlineSeconds)
      if case .failure(let failure) = result {
        (progress.total, progress.failed, progress.failure) = (all.count, 1, "\(failure)")
        return progress
      }
      first = (question, result)
    }
    let origin = LabelOrigin(kind: judge.kind, version: Labels.fitted(judge.version ?? ""))
    var waiting = try unanswered(all, by: origin)
    progress.total = waiting.count
    var batch = Batch(store: store, source: RecordSource(annotator: options.annotator, origin: origin, answeredAt: 0))
    if let first, waiting.first?.caption == first.question.caption {
      waiting.removeFirst()
      try settle(first.question, first.result, &progress, &batch)
    }
    var reported = began
    try await ask(waiting, &progress, &batch) { progress in
      let now = MonotonicClock.seconds
      progress.seconds = now - began
      guard now - reported >= Self.secondsPerReport else { return }
      reported = now
      report(progress)
    }
    try batch.write()
    progress.seconds = MonotonicClock.seconds - began
    return progress
  }

  // MARK: Captions

  /// A caption to ask about, and the template that it stands for.
  private struct Question: Sendable {
    let caption: [UInt8]
    let key: [UInt8]
    let template: [UInt8]?
  }

  /// The first caption of each question.
  private func questions(_ captions: [[UInt8]]) -> [Question] {
    var seen: Set<[UInt8]> = []
    return captions.compactMap { caption in
      let key = options.sharing.key(of: caption)
      guard seen.insert(key).inserted else { return nil }
      return Question(caption: caption, key: key, template: options.sharing.contains(.templates) ? key : nil)
    }
  }

  private func unanswered(_ questions: [Question], by origin: LabelOrigin) throws(LabelStoreError) -> [Question] {
    var answered: Set<[UInt8]> = []
    for record in try store.all(of: origin) {
      answered.insert(options.sharing.key(of: record.caption))
    }
    return questions.filter { !answered.contains($0.key) }
  }

  // MARK: Asking

  private func ask(
    _ questions: [Question], _ progress: inout WarmingProgress, _ batch: inout Batch,
    report: (inout WarmingProgress) -> Void
  ) async throws {
    let (judge, deadlineSeconds) = (judge, options.deadlineSeconds)
    try await withThrowingTaskGroup(of: (Int, Result<Judgement, ModelFailure>).self) { group in
      var next = 0
      func start() {
        guard next < questions.count else { return }
        let index = next
        next += 1
        group.addTask { (index, await Self.judge(questions[index].caption, judge, deadlineSeconds)) }
      }
      for _ in 0..<max(1, judge.concurrency) { start() }
      while let (index, result) = try await group.next() {
        try settle(questions[index], result, &progress, &batch)
        if progress.endsEarly {
          group.cancelAll()
          return
        }
        if batch.isDue(Self.answersPerTransaction, Self.secondsPerTransaction) {
          try batch.write()
          report(&progress)
        }
        start()
      }
    }
  }

  private func settle(
    _ question: Question, _ result: Result<Judgement, ModelFailure>, _ progress: inout WarmingProgress,
    _ batch: inout Batch
  ) throws {
    switch result {
    case .success(let judgement):
      progress.count(judgement)
      batch.add(question.caption, judgement, template: question.template)
    case .failure(let failure): progress.count(failure)
    }
  }

  /// Asks about one caption. The failure is a value, because a typed error that a child task catches inside a closure
  /// corrupts the closure's result in optimised builds (Swift 6.3).
  private static func judge(
    _ caption: [UInt8], _ judge: any CaptionJudge, _ deadlineSeconds: Double
  ) async -> Result<Judgement, ModelFailure> {
    do throws(ModelFailure) {
      return .success(try await judge.judge(caption, deadlineSeconds: deadlineSeconds))
    } catch {
      return .failure(error)
    }
  }
}

/// Answers on their way to the store.
private struct Batch {
  let store: LabelStore
  /// Without the time of the answer.
  let source: RecordSource
  private var records: [LabelRecord] = []
  private var oldest = 0.0

  init(store: LabelStore, source: RecordSource) {
    self.store = store
    self.source = source
  }

  mutating func add(_ caption: [UInt8], _ judgement: Judgement, template: [UInt8]?) {
    if records.isEmpty { oldest = MonotonicClock.seconds }
    var judgement = judgement
    judgement.evidence = judgement.evidence?.limited
    var source = source
    source.answeredAt = Date().timeIntervalSince1970
    records.append(LabelRecord(caption: caption, judgement: judgement, template: template, source: source))
  }

  func isDue(_ count: Int, _ seconds: Double) -> Bool {
    records.count >= count || (!records.isEmpty && MonotonicClock.seconds - oldest >= seconds)
  }

  mutating func write() throws {
    try store.append(records)
    records = []
  }
}
