import Captions

/// Asks a language model which of two captions means more progress, in both orders.
///
/// Small models answer by position: up to 100 % "first". What changes with the order is a tie, so a model without an
/// opinion yields ties and no preferences. Captions that read alike are a tie without a question.
public struct PairJudge: Sendable {
  public let kind = "llm-pairs"
  /// Changes whenever the same pair could be judged differently; nil while the model is not known.
  public var version: String? { model.name.map { "\(prompt.identity) \(prompt.goal) \($0)" } }
  /// Pairs worth judging at once: each is two questions.
  public var concurrency: Int { max(1, model.concurrency / 2) }

  private let model: any LanguageModel
  private let prompt: BoundPrompt
  private let parser: PairParser

  /// - Throws: when the prompt is not a ranking.
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
    let isSettled = first == second || (first.standing == .wordless && second.standing == .wordless)
    if first.standing == .fragment || second.standing == .fragment || isSettled {
      let isKnown = isSettled && first.standing != .fragment
      return PairJudgement(isKnown ? .tie : nil, evidence: LabelEvidence(model: Judgement.sanitiserName))
    }
    let deadline = ContinuousClock.now + .seconds(deadlineSeconds)
    async let forward = ask(prompt.question(first: first, second: second), until: deadline)
    async let backward = ask(prompt.question(first: second, second: first), until: deadline)
    let results = await [forward, backward]
    var preferences: [Preference?] = []
    for result in results {
      let (preference, answers) = try result.get()
      preferences.append(preference)
      for (answer, time) in answers { trail.add(answer, at: time) }
    }
    return PairJudgement(Self.agreed(preferences[0], preferences[1]), evidence: trail.evidence)
  }

  /// Asks in the given order alone, which is how position bias is measured.
  /// - Returns: nil where there was no readable answer, or nothing to ask.
  public func compare(
    _ first: [UInt8], _ second: [UInt8], deadlineSeconds: Double
  ) async throws(ModelFailure) -> Preference? {
    let (first, second) = (SanitisedCaption(first), SanitisedCaption(second))
    guard first.standing == .askable, second.standing == .askable else { return nil }
    let deadline = ContinuousClock.now + .seconds(deadlineSeconds)
    return try await ask(prompt.question(first: first, second: second), until: deadline).get().0
  }

  /// What two answers say together, the second to the question with its messages exchanged.
  static func agreed(_ forward: Preference?, _ backward: Preference?) -> Preference? {
    guard let forward, let backward = backward?.swapped else { return nil }
    return forward == backward ? forward : .tie
  }

  private typealias Asked = (Preference?, [(ModelAnswer, ContinuousClock.Instant)])

  /// Asks, and once more when the answer cannot be read.
  private func ask(
    _ question: ModelQuestion, until deadline: ContinuousClock.Instant
  ) async -> Result<Asked, ModelFailure> {
    do throws(ModelFailure) {
      let clock = ContinuousClock()
      let answer = try await model.answer(question, deadlineSeconds: max(0, (deadline - clock.now).inSeconds))
      let first = (answer, clock.now)
      if let preference = parser.read(answer) { return .success((preference, [first])) }
      let again = prompt.reminding(question, of: answer.text)
      let second = try await model.answer(again, deadlineSeconds: max(0, (deadline - clock.now).inSeconds))
      return .success((parser.read(second), [first, (second, clock.now)]))
    } catch {
      return .failure(error)
    }
  }
}
