import Captions

/// Compares two captions.
public protocol PairComparing: Sendable {
  /// The annotator's kind in one word. The label store keeps it with every preference.
  var kind: String { get }
  /// Changes whenever the same pair could get another verdict; nil while the model is unknown.
  var version: String? { get }

  /// Judges a pair of captions (raw bytes as the environment wrote them).
  /// - Throws: if no judgement is possible now; the learner then asks again.
  func judge(
    _ first: [UInt8], _ second: [UInt8], deadlineSeconds: Double
  ) async throws(ModelFailure) -> PairJudgement
}

/// Asks a language model which of two captions means more progress, in both orders.
///
/// Small models answer by position: up to 100 % "first". A verdict that changes with the order is a tie, so that a
/// model without an opinion gives ties and no preferences. Captions that read alike are a tie without a question.
public struct PairJudge: PairComparing {
  public let kind = "llm-pairs"
  /// Changes whenever the same pair could get another verdict; nil while the model is unknown.
  public var version: String? { model.name.map { "\(prompt.identity) \(prompt.goal) \($0)" } }
  /// Pairs that the judge can judge concurrently; each needs two questions.
  public var concurrency: Int { max(1, model.concurrency / 2) }

  private let model: any LanguageModel
  private let prompt: BoundPrompt
  private let parser: PairParser

  /// - Throws: if the prompt is not a ranking.
  public init(model: any LanguageModel, prompt: BoundPrompt) throws(PromptError) {
    guard prompt.prompt.kind == .ranking else {
      throw PromptError(file: prompt.prompt.name, problem: "a classification cannot compare two captions")
    }
    self.model = model
    self.prompt = prompt
    parser = PairParser(prompt.prompt)
  }

  /// Judges a pair of captions (raw bytes as the environment gave them).
  public func judge(
    _ first: [UInt8], _ second: [UInt8], deadlineSeconds: Double
  ) async throws(ModelFailure) -> PairJudgement {
    let (first, second) = (SanitisedCaption(first), SanitisedCaption(second))
    var trail = EvidenceTrail(prompt: prompt.identity, goal: "\(prompt.goal)", start: .now)
    let isSettled = first == second || (first.kind == .wordless && second.kind == .wordless)
    if first.kind == .fragment || second.kind == .fragment || isSettled {
      let isKnown = isSettled && first.kind != .fragment
      return PairJudgement(isKnown ? .tie : .abstain, evidence: LabelEvidence(model: Judgement.sanitiserName))
    }
    let deadline = ContinuousClock.now + .seconds(deadlineSeconds)
    async let forward = ask(prompt.question(first: first, second: second), until: deadline)
    async let backward = ask(prompt.question(first: second, second: first), until: deadline)
    let results = await [forward, backward]
    var verdicts: [PairVerdict] = []
    for result in results {
      let (verdict, answers) = try result.get()
      verdicts.append(verdict)
      for (answer, time) in answers { trail.add(answer, at: time) }
    }
    return PairJudgement(Self.combined(verdicts[0], verdicts[1]), evidence: trail.evidence)
  }

  /// Asks in the given order only, to measure position bias.
  /// - Returns: `.abstain` if there is no readable answer, or if a caption is not worth a question.
  public func compare(
    _ first: [UInt8], _ second: [UInt8], deadlineSeconds: Double
  ) async throws(ModelFailure) -> PairVerdict {
    let (first, second) = (SanitisedCaption(first), SanitisedCaption(second))
    guard first.kind == .askable, second.kind == .askable else { return .abstain }
    let deadline = ContinuousClock.now + .seconds(deadlineSeconds)
    return try await ask(prompt.question(first: first, second: second), until: deadline).get().0
  }

  /// Combines the answers to both orders: a verdict that depends on the order is a tie.
  /// - Parameter backward: the answer to the question with its messages exchanged.
  static func combined(_ forward: PairVerdict, _ backward: PairVerdict) -> PairVerdict {
    if forward == .abstain || backward == .abstain { return .abstain }
    return forward == backward.swapped ? forward : .tie
  }

  private typealias Asked = (PairVerdict, [(ModelAnswer, ContinuousClock.Instant)])

  /// Asks, and asks once more if the answer cannot be read.
  private func ask(
    _ question: ModelQuestion, until deadline: ContinuousClock.Instant
  ) async -> Result<Asked, ModelFailure> {
    do throws(ModelFailure) {
      let clock = ContinuousClock()
      let answer = try await model.answer(question, deadlineSeconds: max(0, (deadline - clock.now).inSeconds))
      let first = (answer, clock.now)
      let verdict = parser.read(answer)
      if verdict != .abstain { return .success((verdict, [first])) }
      let again = prompt.reminding(question, of: answer.text)
      let second = try await model.answer(again, deadlineSeconds: max(0, (deadline - clock.now).inSeconds))
      return .success((parser.read(second), [first, (second, clock.now)]))
    } catch {
      return .failure(error)
    }
  }
}
