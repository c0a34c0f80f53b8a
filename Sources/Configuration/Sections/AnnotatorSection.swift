/// `[annotator]`: who labels captions, which captions come first, and where labels are kept.
public struct AnnotatorSection: Sendable, Hashable {
  /// Name of an annotator.
  public struct Kind: RegisteredName {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    public static let none = Kind(rawValue: "none")
    public static let rules = Kind(rawValue: "rules")
    public static let oracle = Kind(rawValue: "oracle")
    public static let phrases = Kind(rawValue: "phrases")
    public static let mistakes = Kind(rawValue: "mistakes")
    public static let random = Kind(rawValue: "random")
    public static let llm = Kind(rawValue: "llm")
    public static let layered = Kind(rawValue: "layered")
    public static let policy = Kind(rawValue: "policy")

    public static let builtIn: [Kind] = [
      .none, .rules, .oracle, .phrases, .mistakes, .random, .llm, .layered, .policy,
    ]
  }

  /// Which labels of a store the run uses.
  public enum AcceptedVersions: String, Sendable, CaseIterable {
    case same, any
  }

  public var kind = Kind.rules
  /// Captions of one annotation task.
  public var batchSize = 100
  /// Seconds after which an unanswered task goes back to the queue.
  public var deadlineSeconds = 30.0
  /// Distinct captions that the learner keeps.
  public var maximumCaptions = 1_000_000
  // Weights of the orders in which captions are asked.
  public var newestWeight = 1.0
  public var frequentWeight = 0.0
  public var uncertainWeight = 0.0
  public var effectWeight = 0.0
  /// kappa of what a caption may be worth at most.
  public var optimism = 0.0
  /// Captions given out per second at most; 0 = no limit.
  public var labelsPerSecond = 0.0
  /// Answers per million environment steps at most; 0 = no limit.
  public var labelsPerMillionSteps = 0.0
  /// Answers of the run at most; 0 = no limit.
  public var labelsPerRun = 0
  /// Tokens of the run at most; 0 = no limit.
  public var tokensPerRun = 0
  /// Whether captions that differ only in numbers and creatures' names share one question, in worlds that say so.
  public var shareTemplates = true
  /// Share of the tasks that are pairs to compare.
  public var pairShare = 0.0
  /// Path of the label store; empty for the run's own.
  public var store = ""
  public var acceptVersions = AcceptedVersions.same
  /// Kind and version of the annotator whose labels count; empty: as the configuration says.
  public var expectedOrigin = ""
  /// File of the annotator "policy", on the annotator's machine.
  public var policy = ""
  /// Options of the annotators for tests and control experiments.
  public var stub = ""

  public init() {}

  /// Whether the order of asking depends on what the reward model knows.
  public var readsUncertainty: Bool { uncertainWeight > 0 || effectWeight > 0 }

  /// Whether captions may wait although an annotator could judge them.
  public var limitsQuestions: Bool { labelsPerMillionSteps > 0 || labelsPerRun > 0 || tokensPerRun > 0 }

  static let fields: [SectionField<AnnotatorSection>] = [
    .entry(
      "kind", \.kind,
      "Source of the labels. \"rules\" is a list of patterns; \"llm\" a language model; \"layered\" the rules, and the "
        + "language model where no rule applies; \"oracle\" the task's exact labels of progress, \"phrases\" "
        + "the same, but at least 0.5 for captions that name a key, a door or stairs, \"mistakes\" "
        + "its exact labels of steps: 0 for a mistake, else 1; \"random\" a coin for each caption, as a control; \"policy\" a text "
        + "policy that has learned from labels of another source; \"none\" labels no captions."
    ),
    .integer("batch_size", \.batchSize, 1...100_000, "Captions of one annotation task, at most."),
    .real(
      "deadline_seconds", \.deadlineSeconds, Bound.positiveSeconds,
      "Seconds after which the captions of an unanswered task go back to the queue."),
    .integer(
      "maximum_captions", \.maximumCaptions, 1...10_000_000,
      "Distinct captions that the learner keeps, at about 100 bytes each. Later captions are counted and never "
        + "labelled."
    ),
    .real(
      "newest_weight", \.newestWeight, Bound.coefficient,
      "Weight of asking the newest captions first. Each place of a task draws its order by the four weights."),
    .real(
      "frequent_weight", \.frequentWeight, Bound.coefficient,
      "Weight of asking the most frequent captions first."),
    .real(
      "uncertain_weight", \.uncertainWeight, Bound.coefficient,
      "Weight of asking the captions first that the reward model is least certain of."),
    .real(
      "effect_weight", \.effectWeight, Bound.coefficient,
      "Weight of asking the captions first whose labels may change the most rewards: the steps that met the caption times "
        + "the reward model's uncertainty. Models without uncertainty know nothing of unlabelled captions, so that the "
        + "most frequent come first."),
    .real(
      "optimism", \.optimism, Bound.coefficient,
      "What uncertain_weight and effect_weight take for uncertainty. 0: how much a label would teach the reward model (with "
        + "several heads, how much they disagree). kappa above 0: what the caption may be worth, the mean and kappa "
        + "standard deviations of the model's probability, as Self-Exploring Language Models."),
    .real(
      "labels_per_second", \.labelsPerSecond, Bound.coefficient,
      "Captions given out per second, on average. 0 is no limit."),
    .real(
      "labels_per_million_steps", \.labelsPerMillionSteps, Bound.coefficient,
      "Answers per million environment steps that the run has trained on, abstentions included, so that the questions last "
        + "as long as the run, whatever its speed. 0 is no limit."),
    .integer(
      "labels_per_run", \.labelsPerRun, 0...1_000_000_000,
      "Answers of the run, abstentions included, after which no caption is given out. 0 is no limit."),
    .integer(
      "tokens_per_run", \.tokensPerRun, 0...1_000_000_000_000,
      "Tokens of questions and answers of the run after which no caption is given out. 0 is no limit."),
    .boolean(
      "share_templates", \.shareTemplates,
      "Whether captions that differ only in numbers and creatures' names share one question and its answer, in worlds "
        + "where such captions mean the same (NetHack)."),
    .real(
      "pair_share", \.pairShare, Bound.share,
      "Share of the tasks that ask a language model which of two captions is better, for reward.model = \"ranking\". "
        + "Small models tend to answer by position; without such tasks, ranking derives pairs from labels."),
    .text(
      "store", \.store, .optionalText,
      "Path of a label store that several runs share, also at the same time. The learner creates it if it does not "
        + "exist. Empty: the run's own store."),
    .choice(
      "accept_versions", \.acceptVersions,
      "Which labels the run uses: \"same\" those of one kind, version and goal of annotator (see expected_origin), "
        + "\"any\" all."),
    .text(
      "expected_origin", \.expectedOrigin, .optionalText,
      "Kind and version of the annotator whose labels count, as `tengu labels stats` prints them, such as \"rules 3\". "
        + "Answers of others are refused. Empty: the version that follows from the configuration. Where it leaves the "
        + "model open, the model of the store's labels counts, and in a new run the one that answers first. Without an "
        + "annotator the origin stored last counts."),
    .text(
      "policy", \.policy, .optionalText,
      "File of the annotator \"policy\" on the annotator's machine; `tengu text distill` makes it from a label store. The version of "
        + "its labels is a digest of the file."),
    .text(
      "stub", \.stub, .optionalText,
      "Options of the annotators \"oracle\", \"phrases\", \"mistakes\" and \"random\" for tests and control experiments, as name=value, separated "
        + "by spaces: flip_rate (share of the exact labels that are inverted), random_share (share of the random "
        + "labels that are 1), delay_seconds, outage_after_seconds and outage_seconds (delay of answers and a time "
        + "without any)."
    ),
  ]
}
