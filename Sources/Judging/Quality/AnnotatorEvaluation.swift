import Captions

/// Evaluates an annotator on messages with known labels.
public struct AnnotatorEvaluation: Sendable {
  /// Asks which of two messages means more progress.
  public typealias Comparison =
    @Sendable (_ first: String, _ second: String) async throws(ModelFailure) -> PairVerdict

  public static let defaultDeadlineSeconds = 60.0

  let judge: any CaptionJudge
  private let deadlineSeconds: Double

  /// - Parameter deadlineSeconds: time for each message.
  public init(of judge: any CaptionJudge, deadlineSeconds: Double = defaultDeadlineSeconds) {
    self.judge = judge
    self.deadlineSeconds = deadlineSeconds
  }

  /// Judges every message, with the judge's concurrency.
  /// - Returns: the results in the order of the messages; a failure is a message without a judgement.
  /// - Throws: the first refusal, because later questions would be refused too.
  public func run(
    _ messages: [LabelledMessage]
  ) async throws(ModelFailure) -> [Result<Judgement, ModelFailure>] {
    try await each(messages) { message in
      do throws(ModelFailure) {
        return .success(try await judge.judge(Array(message.text.utf8), deadlineSeconds: deadlineSeconds))
      } catch {
        return .failure(error)
      }
    }
  }

  /// Compares every pair in both orders. A failed question counts as an abstention.
  /// - Throws: the first refusal.
  public func compare(
    _ pairs: [MessagePair], by comparison: @escaping Comparison
  ) async throws(ModelFailure) -> [PositionBias.Trial] {
    @Sendable func ask(_ first: LabelledMessage, _ second: LabelledMessage) async throws(ModelFailure)
      -> PairVerdict
    {
      do throws(ModelFailure) {
        return try await comparison(first.text, second.text)
      } catch {
        if error.endsEvaluation { throw error }
        return .abstain
      }
    }
    let trials = try await each(pairs) { pair -> Result<PositionBias.Trial, ModelFailure> in
      do throws(ModelFailure) {
        let forward = try await ask(pair.first, pair.second)
        let backward = try await ask(pair.second, pair.first)
        return .success(
          PositionBias.Trial(isFirstBetter: pair.first.isProgress, forward: forward, backward: backward))
      } catch {
        return .failure(error)
      }
    }
    return trials.compactMap { try? $0.get() }
  }

  /// Applies `work` to every element with the judge's concurrency; the results are in the order of the elements.
  private func each<Element: Sendable, Answer: Sendable>(
    _ elements: [Element], _ work: @escaping @Sendable (Element) async -> Result<Answer, ModelFailure>
  ) async throws(ModelFailure) -> [Result<Answer, ModelFailure>] {
    var results = [Result<Answer, ModelFailure>](repeating: .failure(.cancelled), count: elements.count)
    var refusal: ModelFailure?
    await withTaskGroup(of: (Int, Result<Answer, ModelFailure>).self) { group in
      var next = 0
      func start() {
        guard next < elements.count, refusal == nil else { return }
        let index = next
        next += 1
        group.addTask { (index, await work(elements[index])) }
      }
      for _ in 0..<max(judge.concurrency, 1) { start() }
      while let (index, result) = await group.next() {
        results[index] = result
        if case .failure(let failure) = result, failure.endsEvaluation {
          refusal = refusal ?? failure
          group.cancelAll()
        }
        start()
      }
    }
    if let refusal { throw refusal }
    return results
  }
}

extension ModelFailure {
  /// Whether every other question would fail too.
  fileprivate var endsEvaluation: Bool {
    switch self {
    case .refused, .cancelled: true
    case .unavailable, .malformed: false
    }
  }
}

extension AnnotatorEvaluation {
  /// Judges messages, compares pairs of them, and reports on both.
  /// - Parameters:
  ///   - pairs: number of pairs that `comparison` judges in both orders.
  ///   - generator: draws the pairs and the bootstrap samples.
  /// - Throws: the first refusal.
  public func report(
    on messages: [LabelledMessage], pairs: Int = 0, comparison: Comparison? = nil,
    using generator: inout some RandomNumberGenerator
  ) async throws(ModelFailure) -> QualityReport {
    let start = ContinuousClock.now
    let results = try await run(messages)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    var report = QualityReport(of: judge, on: messages, results, seconds: seconds, using: &generator)
    if let comparison, pairs > 0 {
      let drawn = MessagePair.draw(pairs, from: messages, using: &generator)
      report.pairs = PositionBias(try await compare(drawn, by: comparison))
    }
    return report
  }
}
