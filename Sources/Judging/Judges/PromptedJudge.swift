import Captions
import Runtime

/// Asks a language model about a caption with one prompt and reads the answer strictly.
///
/// It does not ask about captions that the sanitiser settles: text without a word gets the label 0, and it abstains
/// from fragments. If an answer cannot be read it asks once more and then abstains. It throws the failures of servers.
public struct PromptedJudge: CaptionJudge {
  public let kind = "llm"
  public var version: String? { asker.model.name.map { "\(settings) \($0)" } }
  public var concurrency: Int { asker.model.concurrency }

  private let asker: PromptAsker
  private let keeper: DecisionKeeper
  /// The version without the model's name.
  private let settings: String

  /// - Parameter unreadable: receives the answers that cannot be read.
  /// - Throws: if the prompt is not a classification.
  public init(
    model: any LanguageModel, prompt: Instruction, options: JudgeOptions = JudgeOptions(),
    unreadable: UnreadableAnswers? = nil
  ) throws(PromptError) {
    asker = try PromptAsker(model: model, prompt: prompt, unreadable: unreadable)
    keeper = DecisionKeeper(options: options, calibration: prompt.calibration)
    settings = "\(prompt.identity) \(prompt.goal) \(options.threshold) \(options.labels.rawValue)"
  }

  public func judge(_ caption: [UInt8], deadlineSeconds: Double) async throws(ModelFailure) -> Judgement {
    let sanitised = SanitisedCaption(caption)
    if let settled = Judgement(settledBySanitiser: sanitised) { return settled }
    let start = ContinuousClock.now
    let deadline = start + .seconds(deadlineSeconds)
    let asker = asker
    try await keeper.prepare(atOnce: concurrency) { message throws(ModelFailure) in
      try await asker.ask(message, until: deadline).reading
    }
    var trail = EvidenceTrail(prompt: asker.prompt.identity, goal: "\(asker.prompt.goal)", start: .now)
    let result = try await asker.ask(sanitised, until: deadline)
    for (answer, time) in result.answers { trail.add(answer, at: time) }
    let verdict = await keeper.decision.verdict(result.reading)
    await keeper.note(result.reading.logOdds)
    let logOdds = result.reading.logOdds
    return Judgement(
      verdict, logOdds: logOdds.isNaN ? nil : Float(logOdds), asked: sanitised.bytesIfChanged(from: caption),
      evidence: trail.evidence, unreadable: result.unreadable)
  }

  /// The current threshold in nats; nil if the answer's word decides, or before the first question.
  public var threshold: Double? {
    get async { await keeper.decision.threshold }
  }
}

extension Judgement {
  /// The model's name in the evidence of judgements by the sanitiser.
  static let sanitiserName = "sanitiser"

  /// The judgement of a caption that needs no question; nil if it needs one.
  init?(settledBySanitiser caption: SanitisedCaption) {
    let evidence = LabelEvidence(model: Self.sanitiserName)
    switch caption.kind {
    case .askable: return nil
    case .wordless: self.init(.label(0), evidence: evidence)
    case .fragment: self.init(.abstain, evidence: evidence)
    }
  }
}

/// Asks one prompt about one caption, and once more if the answer cannot be read.
struct PromptAsker: Sendable {
  /// The reading of the answers.
  struct Reply: Sendable {
    var reading: LabelReading
    /// All answers, including unreadable ones.
    var answers: [(answer: ModelAnswer, at: ContinuousClock.Instant)]
    /// The first answer if it could not be read.
    var unreadable: UnreadableAnswer?
    /// Whether the model was reminded of the answer's form.
    var wasReminded: Bool { answers.count > 1 }
  }

  let model: any LanguageModel
  let prompt: Instruction
  private let parser: LabelParser
  private let unreadable: UnreadableAnswers?

  /// - Throws: if the prompt is not a classification.
  init(model: any LanguageModel, prompt: Instruction, unreadable: UnreadableAnswers? = nil) throws(PromptError) {
    guard prompt.prompt.kind == .classification else {
      throw PromptError(file: prompt.prompt.name, problem: "a ranking cannot judge one caption")
    }
    self.model = model
    self.prompt = prompt
    parser = LabelParser(prompt.prompt)
    self.unreadable = unreadable
  }

  func ask(
    _ caption: SanitisedCaption, temperature: Double = 0, until deadline: ContinuousClock.Instant
  ) async throws(ModelFailure) -> Reply {
    let clock = ContinuousClock()
    let question = prompt.question(caption, temperature: temperature)
    let answer = try await model.answer(question, deadlineSeconds: max(0, (deadline - clock.now).inSeconds))
    let first = Reply(reading: parser.read(answer), answers: [(answer, clock.now)])
    guard case .unreadable(let reason) = first.reading else { return first }
    let said = UnreadableAnswer(reason: reason, said: answer.text)
    unreadable?.note(said, of: answer)
    let again = prompt.reminding(question, of: answer.text)
    let second = try await model.answer(again, deadlineSeconds: max(0, (deadline - clock.now).inSeconds))
    return Reply(reading: parser.read(second), answers: first.answers + [(second, clock.now)], unreadable: said)
  }
}

/// Collects the evidence of a label from the model's answers.
struct EvidenceTrail: Sendable {
  private(set) var evidence: LabelEvidence
  private let start: ContinuousClock.Instant

  /// - Parameter start: the time before the first request.
  init(prompt: String, goal: String, start: ContinuousClock.Instant) {
    evidence = LabelEvidence(prompt: prompt, goal: goal, answerDigest: ByteHash.fnv1a([]))
    self.start = start
  }

  mutating func add(_ answer: ModelAnswer, at time: ContinuousClock.Instant) {
    evidence.model = answer.model
    evidence.server = answer.server
    evidence.latencySeconds = max(evidence.latencySeconds, (time - start).inSeconds)
    evidence.promptTokens += answer.promptTokens
    evidence.answerTokens += answer.answerTokens
    evidence.samples += 1
    evidence.answerDigest = ByteHash.fnv1a(
      [0], continuing: ByteHash.fnv1a(answer.text.utf8, continuing: evidence.answerDigest))
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
