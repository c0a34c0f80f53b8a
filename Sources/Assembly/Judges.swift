import Captions
import Configuration
import GameRules
import Judging

/// Judges as `[language_model]` describes them. Annotators use them to ask the model; the learner only reads the origin of
/// their labels from them.
extension LanguageModelSection {
  /// - Parameters:
  ///   - model: the model that the judge asks.
  ///   - rulesFirst: whether the game's rules judge first, and the model judges the captions on which they abstain.
  ///   - principle: the principle to judge by; if empty, the configured goal or principle.
  ///   - unreadable: receives the answers that cannot be read.
  /// - Throws: `PromptError` naming the prompt's file.
  public func judge(
    asking model: any LanguageModel, rulesFirst: Bool, principle: String = "", unreadable: UnreadableAnswers? = nil
  ) throws -> any CaptionJudge {
    var judge = try modelJudge(model, principle, unreadable)
    if studentAccuracy > 0 { judge = StudentJudge(over: judge, accuracy: studentAccuracy) }
    return rulesFirst ? LayeredJudge(RuleAnnotator(), over: judge) : judge
  }

  /// A judge of pairs.
  /// - Throws: `PromptError` naming the prompt's file.
  public func pairJudge(
    asking model: any LanguageModel, principle: String = "", unreadable: UnreadableAnswers? = nil
  ) throws -> PairJudge {
    try PairJudge(model: model, prompt: bound(pairPrompt, principle), unreadable: unreadable)
  }

  private func modelJudge(
    _ model: any LanguageModel, _ principle: String, _ unreadable: UnreadableAnswers?
  ) throws -> any CaptionJudge {
    let bound = try bound(prompt, principle)
    guard let aggregator else {
      let options = JudgeOptions(threshold: thresholdRule, labels: labels == .soft ? .soft : .hard)
      return try PromptedJudge(model: model, prompt: bound, options: options, unreadable: unreadable)
    }
    let prompts = vote == .agreement ? [bound, try self.bound(paraphrase, principle)] : [bound]
    return try SampledJudge(
      model: model, prompts: prompts, aggregator: aggregator,
      options: SamplingOptions(
        samples: samples, temperature: temperature, labels: labels == .soft ? .soft : .hard),
      unreadable: unreadable)
  }

  private func bound(_ prompt: String, _ principle: String) throws -> Instruction {
    let words = principle.isEmpty ? self.principle : principle
    let goal: Instruction.Goal = try words.isEmpty ? .named(self.goal) : .principle(Instruction.Principle(words))
    return try Instruction(PromptLibrary.prompt(prompt), goal: goal)
  }

  private var aggregator: (any LabelAggregator)? {
    switch vote {
    case .none: nil
    case .majority: MajorityVote()
    case .meta: MetaModelVote(kept: max(1, samples / 2))
    case .score: ScoreVote(kept: max(1, samples / 2))
    case .certainty: SelfCertaintyVote()
    case .agreement: AgreementVote()
    }
  }

  private var thresholdRule: ThresholdRule {
    switch threshold {
    case .calibrated: .calibrated
    case .word: .word
    case .fixed: .fixed(thresholdValue)
    case .quantile: .runningQuantile(thresholdValue)
    }
  }
}
