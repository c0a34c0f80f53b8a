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
  private let prompt: Instruction
  private let parser: PairParser
  private let unreadable: UnreadableAnswers?

  /// - Parameter unreadable: receives the answers that cannot be read.
  /// - Throws: if the prompt is not a ranking.
  public init(
    model: any LanguageModel, prompt: Instruction, unreadable: UnreadableAnswers? = nil
  ) throws(PromptError) {
    guard prompt.prompt.kind == .ranking else {
      throw PromptError(file: prompt.prompt.name, problem: "a classification cannot compare two captions")
    }
    self.model = model
    self.prompt = prompt
    parser = PairParser(prompt.prompt)
    self.unreadable = unreadable
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
    var replies: [Reply] = []
    for result in results { replies.append(try result.get()) }
    for (answer, time) in replies.flatMap(\.answers) { trail.add(answer, at: time) }
    return PairJudgement(
      Self.combined(replies[0].verdict, replies[1].verdict), evidence: trail.evidence,
      unreadable: replies[0].unreadable ?? replies[1].unreadable)
  }

  /// Asks in the given order only, to measure position bias.
  /// - Returns: `.abstain` if there is no readable answer, or if a caption is not worth a question.
  public func compare(
    _ first: [UInt8], _ second: [UInt8], deadlineSeconds: Double
  ) async throws(ModelFailure) -> PairVerdict {
    let (first, second) = (SanitisedCaption(first), SanitisedCaption(second))
    guard first.kind == .askable, second.kind == .askable else { return .abstain }
    let deadline = ContinuousClock.now + .seconds(deadlineSeconds)
    return try await ask(prompt.question(first: first, second: second), until: deadline).get().verdict
  }

  /// Combines the answers to both orders: a verdict that depends on the order is a tie.
  /// - Parameter backward: the answer to the question with its messages exchanged.
  static func combined(_ forward: PairVerdict, _ backward: PairVerdict) -> PairVerdict {
    if forward == .abstain || backward == .abstain { return .abstain }
    return forward == backward.swapped ? forward : .tie
  }

  /// The reading of the answers to one order.
  private struct Reply: Sendable {
    var verdict: PairVerdict
    var answers: [(answer: ModelAnswer, at: ContinuousClock.Instant)]
    /// The first answer if it could not be read.
    var unreadable: UnreadableAnswer?
  }

  /// Asks, and asks once more if the answer cannot be read.
  private func ask(
    _ question: ModelQuestion, until deadline: ContinuousClock.Instant
  ) async -> Result<Reply, ModelFailure> {
    do throws(ModelFailure) {
      let clock = ContinuousClock()
      let answer = try await model.answer(question, deadlineSeconds: max(0, (deadline - clock.now).inSeconds))
      let first = Reply(verdict: parser.read(answer), answers: [(answer, clock.now)])
      if first.verdict != .abstain { return .success(first) }
      let said = UnreadableAnswer(reason: answer.problem ?? parser.expectation, said: answer.text)
      unreadable?.note(said, of: answer)
      let again = prompt.reminding(question, of: answer.text)
      let second = try await model.answer(again, deadlineSeconds: max(0, (deadline - clock.now).inSeconds))
      return .success(
        Reply(verdict: parser.read(second), answers: first.answers + [(second, clock.now)], unreadable: said))
    } catch {
      return .failure(error)
    }
  }
}
