import Captions
import Configuration
import GameRules
import Judging
import LanguageModelClient

/// Makes judges that ask one language model: by the configured goal or principle, and by principles of tasks.
public struct JudgeFactory: Sendable {
  private let options: LanguageModelSection
  private let model: any LanguageModel
  /// Whether the rules judge first and the model judges the captions on which they abstain.
  private let isLayered: Bool
  /// The counters of the servers, for the log; nil for a caller's model.
  let modelStatistics: (@Sendable () -> LanguageModelStatistics)?

  /// - Throws: `ClientError` if the servers' addresses or their key cannot be used.
  public init(
    _ options: LanguageModelSection, isLayered: Bool, log: @escaping @Sendable (String) -> Void
  ) throws {
    var client = LanguageModelOptions(servers: options.serverList, log: log)
    client.model = options.model.isEmpty ? nil : options.model
    client.requestsPerServer = options.requestsPerServer
    client.requestTimeoutSeconds = options.requestSeconds
    if !options.keyFile.isEmpty { client.key = .file(options.keyFile) }
    if !options.keyVariable.isEmpty { client.key = .environment(options.keyVariable) }
    let pool = try LanguageModelPool(client)
    self.init(options, isLayered: isLayered, model: pool, modelStatistics: { pool.statistics })
    pool.introduce()
  }

  /// Uses the caller's model instead of a pool of servers.
  init(
    _ options: LanguageModelSection, isLayered: Bool, model: any LanguageModel,
    modelStatistics: (@Sendable () -> LanguageModelStatistics)? = nil
  ) {
    self.options = options
    self.isLayered = isLayered
    self.model = model
    self.modelStatistics = modelStatistics
  }

  /// - Parameter principle: the principle to judge by; if empty, the configured goal or principle.
  /// - Throws: `PromptError` naming the prompt's file.
  public func judge(principle: String = "") throws -> any CaptionJudge {
    let judge = try modelJudge(principle)
    return isLayered ? LayeredJudge(RuleAnnotator(), over: judge) : judge
  }

  /// - Throws: `PromptError` naming the prompt's file.
  public func pairJudge(prompt: String, principle: String = "") throws -> PairJudge {
    try PairJudge(model: model, prompt: bound(prompt, principle))
  }

  private func modelJudge(_ principle: String) throws -> any CaptionJudge {
    let prompt = try bound(options.prompt, principle)
    let labels: JudgeOptions.Labels = options.labels == .soft ? .soft : .hard
    guard let aggregator = aggregator() else {
      return try PromptedJudge(
        model: model, prompt: prompt,
        options: JudgeOptions(threshold: threshold(), labels: labels))
    }
    let prompts = options.vote == .agreement ? [prompt, try bound(options.paraphrase, principle)] : [prompt]
    return try SampledJudge(
      model: model, prompts: prompts, aggregator: aggregator,
      options: SamplingOptions(samples: options.samples, temperature: options.temperature, labels: labels))
  }

  private func bound(_ prompt: String, _ principle: String) throws -> BoundPrompt {
    let words = principle.isEmpty ? options.principle : principle
    let goal: JudgingGoal = try words.isEmpty ? .named(options.goal) : .principle(JudgingGoal.Principle(words))
    return try BoundPrompt(PromptLibrary.prompt(prompt), goal: goal)
  }

  private func aggregator() -> (any LabelAggregator)? {
    switch options.vote {
    case .none: nil
    case .majority: MajorityVote()
    case .meta: MetaModelVote(kept: max(1, options.samples / 2))
    case .certainty: SelfCertaintyVote()
    case .agreement: AgreementVote()
    }
  }

  private func threshold() -> ThresholdRule {
    switch options.threshold {
    case .calibrated: .calibrated
    case .word: .word
    case .fixed: .fixed(options.thresholdValue)
    case .quantile: .runningQuantile(options.thresholdValue)
    }
  }
}

/// Keeps the judges of the most recently used principles, so that each judge keeps its calibration.
final class RecentJudges {
  /// Number of principles kept. The least recently used one is removed first.
  static let maximumCount = 16

  private let make: (_ principle: String) throws -> any CaptionJudge
  /// Most recently used last.
  private var judges: [(principle: String, judge: any CaptionJudge)] = []

  init(make: @escaping (_ principle: String) throws -> any CaptionJudge) { self.make = make }

  /// The judge of a principle; makes one if it is not among the recent ones.
  /// - Throws: what `make` throws.
  func judge(_ principle: String) throws -> any CaptionJudge {
    let known = judges.firstIndex { $0.principle == principle }.map { judges.remove(at: $0).judge }
    let judge = try known ?? make(principle)
    judges.append((principle, judge))
    if judges.count > Self.maximumCount { judges.removeFirst() }
    return judge
  }
}
