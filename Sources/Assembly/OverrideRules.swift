import Configuration

/// Fields that have an effect only with certain values of other fields.
///
/// A configuration file may set them all the same, for arms of an experiment that make the other choice. On a command
/// line they are a mistake: the user asks for something that would not happen.
struct FieldCondition: Sendable {
  /// Paths of the fields; one that ends with "." covers a section.
  let fields: [String]
  /// What the fields need, in words that follow "it needs ".
  let needs: String
  let holds: @Sendable (RunConfiguration) -> Bool

  init(_ fields: [String], needs: String, _ holds: @escaping @Sendable (RunConfiguration) -> Bool) {
    (self.fields, self.needs, self.holds) = (fields, needs, holds)
  }

  func covers(_ path: String) -> Bool { fields.contains { $0 == path || $0.hasSuffix(".") && path.hasPrefix($0) } }

  static let all = played + written + rewards + learner + annotators

  private static let played = [
    FieldCondition(
      [
        "network.", "reward.extrinsic_coefficient", "reward.extrinsic_scale", "reward.extrinsic_clip",
        "reward.normalise_extrinsic", "learner.final_learning_rate", "learner.adam_beta1", "learner.adam_beta2",
        "learner.adam_epsilon", "learner.discount", "learner.value_coefficient", "learner.entropy_coefficient",
        "learner.final_entropy", "learner.decay_updates", "learner.lag_exponent", "learner.maximum_clip",
        "learner.verb_entropy", "learner.thing_entropy", "learner.direction_entropy", "learner.floor_updates",
        "learner.value_clip", "learner.vtrace_rho", "learner.vtrace_c", "learner.vtrace_lambda", "learner.kl_stop",
      ], needs: "an \"environment.task\" that is played, not \"text:NAME\""
    ) { TextPlan.taskName($0.environment.task) == nil }
  ]

  /// Another rule says that a run which is played reads no field of `[text]`.
  private static let written = [
    FieldCondition(["text.label_seconds"], needs: "\"text.reward\" = \"annotator\"") {
      !writes($0) || $0.text.reward == .annotator
    },
    FieldCondition(["text.beta"], needs: "\"text.loss\" = \"dpo\"") { !writes($0) || $0.text.loss == .dpo },
    FieldCondition(["text.reference"], needs: "\"text.divergence\" above 0 or \"text.loss\" = \"dpo\"") {
      !writes($0) || $0.text.divergence > 0 || $0.text.loss == .dpo
    },
    FieldCondition(["learner.ppo_clip"], needs: "\"text.loss\" = \"grpo\" or \"p3o\"") {
      !writes($0) || $0.text.loss.readsDivergence
    },
  ]

  private static func writes(_ configuration: RunConfiguration) -> Bool {
    TextPlan.taskName(configuration.environment.task) != nil
  }

  private static let rewards = [
    FieldCondition(
      ["reward.intrinsic_coefficient", "reward.count_exponent", "reward.chain"],
      needs: "a \"reward.model\" other than \"none\""
    ) { $0.reward.model != .none },
    FieldCondition(
      ["reward.extrinsic_scale", "reward.extrinsic_clip", "reward.normalise_extrinsic"],
      needs: "\"reward.extrinsic_coefficient\" above 0"
    ) { $0.reward.extrinsicCoefficient > 0 },
    FieldCondition(
      ["reward.classification_threshold", "reward.soft"], needs: "\"reward.model\" = \"classification\""
    ) { $0.reward.model == .classification },
    FieldCondition(
      ["reward.ranking_threshold", "reward.moment_decay", "reward.fidelity", "reward.upo"],
      needs: "\"reward.model\" = \"ranking\""
    ) { $0.reward.model == .ranking },
    FieldCondition(
      [
        "reward.batch_size", "reward.maximum_gradient_norm", "reward.steps_per_arrival", "reward.steps_per_update",
        "reward.arrival_limit", "reward.core_share", "reward.pretrain_steps", "reward.frozen", "reward.ensemble",
      ], needs: "\"reward.model\" = \"classification\" or \"ranking\""
    ) { [.classification, .ranking].contains($0.reward.model) },
    FieldCondition(
      ["reward.learning_rate"], needs: "\"reward.model\" = \"classification\", \"ranking\", \"rnd\" or \"e3b\""
    ) { [.classification, .ranking, .rnd, .e3b].contains($0.reward.model) },
    FieldCondition(["reward.ensemble_mean_weight"], needs: "\"reward.ensemble\" above 1") { $0.reward.ensemble > 1 },
    FieldCondition(["reward.upo_dropout"], needs: "\"reward.upo\" = true") { $0.reward.upo },
    FieldCondition(
      ["reward.goal_text", "reward.similarity_threshold"], needs: "\"reward.model\" = \"similarity\""
    ) { $0.reward.model == .similarity },
    FieldCondition(["reward.rnd_share", "reward.rnd_width"], needs: "\"reward.model\" = \"rnd\"") {
      $0.reward.model == .rnd
    },
    FieldCondition(
      ["reward.e3b_features", "reward.e3b_width", "reward.e3b_ridge"], needs: "\"reward.model\" = \"e3b\""
    ) { $0.reward.model == .e3b },
    FieldCondition(
      ["reward.e3b_share"], needs: "\"reward.model\" = \"e3b\" with \"reward.e3b_features\" = \"inverse\""
    ) { $0.reward.model == .e3b && $0.reward.e3bFeatures == .inverse },
  ]

  private static let learner = [
    FieldCondition(
      ["learner.final_learning_rate", "learner.final_entropy"], needs: "\"learner.decay_updates\" above 0"
    ) { $0.learner.decayUpdates > 0 },
    FieldCondition(
      ["learner.decay_updates"], needs: "\"learner.final_learning_rate\" or \"learner.final_entropy\" below 1"
    ) { $0.learner.decayUpdates == 0 || min($0.learner.finalLearningRate, $0.learner.finalEntropy) < 1 },
    FieldCondition(["learner.floor_updates"], needs: "\"network.choice_floor\" above 0") {
      $0.network.choiceFloor > 0
    },
    FieldCondition(
      ["learner.intrinsic_discount"], needs: "\"learner.value_heads\" = \"separate\""
    ) { $0.learner.valueHeads == .separate },
    FieldCondition(
      ["learner.exploration_weight", "learner.exploration_updates"], needs: "\"learner.advantages\" = \"normalised\""
    ) { $0.learner.advantages == .normalised },
    FieldCondition(["network.recurrent_size"], needs: "a \"network.recurrent\" other than \"none\"") {
      $0.network.recurrent != .none
    },
    FieldCondition(["network.policy_gain"], needs: "\"network.initialisation\" = \"orthogonal\"") {
      $0.network.initialisation == .orthogonal
    },
  ]

  private static let annotators = [
    FieldCondition(
      [
        "annotator.batch_size", "annotator.deadline_seconds", "annotator.newest_weight", "annotator.frequent_weight",
        "annotator.uncertain_weight", "annotator.labels_per_second", "annotator.labels_per_million_steps",
        "annotator.labels_per_run",
      ], needs: "an \"annotator.kind\" other than \"none\""
    ) { $0.annotator.kind != .none },
    FieldCondition(
      ["annotator.tokens_per_run", "language_model."], needs: "\"annotator.kind\" = \"llm\" or \"layered\""
    ) { configuration in
      let entries = Registries.standard.annotators.entries
      return entries.first { $0.name == configuration.annotator.kind.rawValue }?.asksModel ?? true
    },
    FieldCondition(["language_model.pair_prompt"], needs: "\"annotator.pair_share\" above 0") {
      $0.annotator.pairShare > 0
    },
    FieldCondition(["language_model.goal"], needs: "an empty \"language_model.principle\"") {
      $0.languageModel.principle.isEmpty
    },
    FieldCondition(
      ["language_model.threshold", "language_model.threshold_value"], needs: "\"language_model.vote\" = \"none\""
    ) { $0.languageModel.vote == .none },
    FieldCondition(
      ["language_model.threshold_value"], needs: "\"language_model.threshold\" = \"fixed\" or \"quantile\""
    ) { [.fixed, .quantile].contains($0.languageModel.threshold) },
    FieldCondition(
      ["language_model.samples", "language_model.temperature"],
      needs: "a \"language_model.vote\" other than \"none\""
    ) { $0.languageModel.vote != .none },
    FieldCondition(["language_model.paraphrase"], needs: "\"language_model.vote\" = \"agreement\"") {
      $0.languageModel.vote == .agreement
    },
  ]
}

extension RunConfiguration {
  /// Checks that what a command line sets has an effect in this configuration.
  /// - Parameter overrides: "section.field=value".
  /// - Throws: `ConfigurationError` naming each field without effect and what it needs.
  public func checkEffects(of overrides: [String]) throws(ConfigurationError) {
    let problems = overrides.compactMap { override -> String? in
      let path = String(override.prefix { $0 != "=" })
      // The fields that a model of another program reads are not known here.
      if path.hasPrefix("reward."), !RewardSection.Model.builtIn.contains(reward.model) { return nil }
      guard let condition = FieldCondition.all.first(where: { $0.covers(path) && !$0.holds(self) }) else { return nil }
      return "command line: \"\(path)\" has no effect in this run: it needs \(condition.needs)"
    }
    guard problems.isEmpty else { throw ConfigurationError(problems) }
  }
}

extension RunPlan {
  /// Checks that what a command line sets has an effect in this run.
  /// - Parameter overrides: "section.field=value".
  /// - Throws: `ConfigurationError` naming each field without effect and the reason.
  public func checkEffects(of overrides: [String]) throws {
    try configuration.checkEffects(of: overrides)
    let sizes: [(field: String, key: WritableKeyPath<NetworkSection, Int>)] = [
      ("network.embedding_size", \.embeddingSize), ("network.text_size", \.textSize),
      ("network.hidden_size", \.hiddenSize),
    ]
    for (field, key) in sizes where overrides.contains(where: { $0.hasPrefix("\(field)=") }) {
      guard configuration.network[keyPath: key] > 0 else { continue }
      // A size that shapes anything changes the number of parameters.
      var other = configuration
      other.network[keyPath: key] += 1
      guard try network(of: other).parameters.count == network.parameters.count else { continue }
      throw ConfigurationError([
        "command line: \"\(field)\" has no effect in this run: the network \"\(configuration.network.kind.rawValue)\" has "
          + "no such part for the observations of \(specification.name)"
      ])
    }
  }
}
