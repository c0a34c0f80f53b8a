import Captions

/// Asks a language model about a caption, with one prompt, and reads the answer strictly.
///
/// What the sanitiser settles is not asked: text without a word is labelled 0, fragments are abstained from. An answer
/// that cannot be read is asked for once more, then abstained from. Servers' failures are thrown on.
public struct PromptedJudge: CaptionJudge {
  public let kind = "llm"
  public var version: String? { asker.model.name.map { "\(settings) \($0)" } }
  public var concurrency: Int { asker.model.concurrency }

  private let asker: PromptAsker
  private let keeper: DecisionKeeper
  /// The version but for the model.
  private let settings: String

  /// - Throws: when the prompt is not a classification.
  public init(
    model: any LanguageModel, prompt: BoundPrompt, options: JudgeOptions = JudgeOptions()
  ) throws(PromptError) {
    asker = try PromptAsker(model: model, prompt: prompt)
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
    var trail = EvidenceTrail(
      prompt: asker.prompt.identity, goal: "\(asker.prompt.goal)", asked: sanitised.ifOther(than: caption), start: .now)
    let result = try await asker.ask(sanitised, until: deadline)
    for (answer, time) in result.answers { trail.add(answer, at: time) }
    let verdict = await keeper.decision.verdict(result.reading)
    await keeper.note(result.reading.logOdds)
    return Judgement(verdict, logOdds: Float(result.reading.logOdds), evidence: trail.evidence)
  }

  /// The threshold in use, in nats; nil where the word decides, or before the first caption that was asked about.
  public var threshold: Double? {
    get async { await keeper.decision.threshold }
  }
}

extension Judgement {
  /// What the evidence of such judgements names as the model.
  static let sanitiserName = "sanitiser"

  /// The judgement of a caption that is not worth a question; nil when it is.
  init?(settledBySanitiser caption: SanitisedCaption) {
    let evidence = LabelEvidence(model: Self.sanitiserName)
    switch caption.standing {
    case .askable: return nil
    case .wordless: self.init(.label(0), evidence: evidence)
    case .fragment: self.init(.abstain, evidence: evidence)
    }
  }
}
