extension RunConfiguration {
  /// Checks every range and the rules between fields of the schema. Rules about the entries that a configuration
  /// chooses are in Assembly, which knows the entries.
  /// - Throws: `ConfigurationError` naming the fields concerned.
  public func validate(_ additions: SchemaAdditions = .none) throws(ConfigurationError) {
    var problems: [String] = []
    for field in fields where !field.range(with: additions).contains(field.value(self)) {
      problems.append(field.refusal(of: field.value(self).toml, additions))
    }
    // Rules between fields assume that each value is in its range.
    if problems.isEmpty {
      problems = batchProblems() + planProblems() + rewardProblems() + languageModelProblems() + telemetryProblems()
    }
    guard problems.isEmpty else { throw ConfigurationError(problems) }
  }

  private func batchProblems() -> [String] {
    var problems: [String] = []
    let frames = learner.unrollLength * worker.environmentsPerGroup
    if learner.batchSize % frames != 0 {
      let below = learner.batchSize / frames * frames
      let nearest = below == 0 ? "\(frames)" : "\(below) or \(below + frames)"
      problems.append(
        "\"learner.batch_size\" = \(learner.batchSize) must be a multiple of \"learner.unroll_length\" * "
          + "\"worker.environments_per_group\" = \(frames), the frames of one unroll; nearest: \(nearest)")
    }
    let columns = learner.batchSize / learner.unrollLength
    if learner.threads > columns {
      problems.append(
        "\"learner.threads\" = \(learner.threads): threads divide the columns of a batch, and there are \(columns) "
          + "(\"learner.batch_size\" / \"learner.unroll_length\"); set it to \(columns) or less")
    }
    if learner.minibatches > columns {
      problems.append(
        "\"learner.minibatches\" = \(learner.minibatches): a minibatch has whole columns, and a batch has \(columns) "
          + "(\"learner.batch_size\" / \"learner.unroll_length\"); set it to \(columns) or less")
    }
    if learner.klStop > 0 && learner.epochs * learner.minibatches == 1 {
      problems.append(
        "\"learner.kl_stop\" has no effect while an update is a single step; remove it, or set \"learner.epochs\" or "
          + "\"learner.minibatches\" above 1")
    }
    if learner.publishUpdates > 1 && learner.publishUpdates > learner.maximumPolicyLag {
      problems.append(
        "\"learner.publish_updates\" = \(learner.publishUpdates) is above \"learner.maximum_policy_lag\" = "
          + "\(learner.maximumPolicyLag): every unroll would become too old before the next policy is published")
    }
    if worker.doubleBuffered && worker.groupsPerThread != 2 {
      problems.append(
        "\"worker.double_buffered\" needs \"worker.groups_per_thread\" = 2; it is \(worker.groupsPerThread)")
    }
    return problems
  }

  private func planProblems() -> [String] {
    guard plan.isThere else {
      return plan.steering.isEmpty
        ? []
        : ["\"plan.steering\" steers episodes of a plan, and \"plan.kind\" = \"none\" has none; set it to \"uniform\""]
    }
    var problems: [String] = []
    if plan.kind == .knapsack, plan.minimumRepeats > plan.repeats {
      problems.append(
        "\"plan.minimum_repeats\" = \(plan.minimumRepeats) is above \"plan.repeats\" = \(plan.repeats): a plan has only so "
          + "many episodes for each task")
    }
    if plan.kind == .balance,
      plan.temperatureGrid.isEmpty || plan.temperatureGrid.contains(where: { !(0.01...100 ~= $0 ?? 0) })
    {
      problems.append(
        "\"plan.temperatures\" = \"\(plan.temperatures)\" is not a list of numbers from 0.01 to 100 with spaces between them"
      )
    }
    if !plan.thresholdGrid.contains(0) || plan.thresholdGrid.contains(where: { !(0...1 ~= $0 ?? -1) }) {
      problems.append(
        "\"plan.thresholds\" = \"\(plan.thresholds)\" is not a list of numbers from 0 to 1, one of them 0, with spaces between "
          + "them")
    }
    problems += steeringProblems()
    if plan.keys * plan.repeats > Self.maximumPlanEpisodes {
      problems.append(
        "\"plan.keys\" * \"plan.repeats\" = \(plan.keys * plan.repeats) episodes are more than a plan can have, "
          + "\(Self.maximumPlanEpisodes)")
    }
    return problems
  }

  private func steeringProblems() -> [String] {
    let weights = plan.steeringWeights
    if weights.isEmpty { return [] }
    guard weights.count == learner.valueHeads.count, weights.allSatisfy({ -1000...1000 ~= $0 ?? .nan }) else {
      return [
        "\"plan.steering\" = \"\(plan.steering)\" is not a list of numbers from -1000 to 1000, one for each of the "
          + "\(learner.valueHeads.count) value heads, with spaces between them"
      ]
    }
    // A worker does not know what rewards are divided by, and could not add one to a value.
    guard !reward.normaliseExtrinsic else {
      return ["\"plan.steering\" adds rewards to values, so that \"reward.normalise_extrinsic\" has to be false"]
    }
    return []
  }

  /// A plan of more episodes would be old before it is played.
  private static let maximumPlanEpisodes = 65_536

  private func telemetryProblems() -> [String] {
    var problems: [String] = []
    if !telemetry.otlp.isEmpty, !["http://", "https://"].contains(where: telemetry.otlp.hasPrefix) {
      problems.append(
        "\"telemetry.otlp\" = \"\(telemetry.otlp)\" is no address of HTTP; expected one such as "
          + "http://127.0.0.1:4318/v1/metrics")
    }
    if telemetry.isPrometheusLocal || telemetry.prometheusBeyondLoopback { return problems }
    return problems + [
      "\"telemetry.prometheus\" = \"\(telemetry.prometheus)\" can be reached by other machines, and has no password; use "
        + "127.0.0.1, or set \"telemetry.prometheus_beyond_loopback\" = true"
    ]
  }

  private func rewardProblems() -> [String] {
    var problems: [String] = []
    if reward.extrinsicCoefficient == 0 && !reward.paysIntrinsic {
      problems.append(
        "there is no reward: \"reward.extrinsic_coefficient\" is 0 and \"reward.model\" pays no intrinsic reward; set "
          + "one of them")
    }
    let weights = [
      annotator.newestWeight, annotator.frequentWeight, annotator.uncertainWeight, annotator.effectWeight,
    ]
    if weights.allSatisfy({ $0 == 0 }) {
      problems.append(
        "\"annotator.newest_weight\", \"annotator.frequent_weight\", \"annotator.uncertain_weight\" and "
          + "\"annotator.effect_weight\" are all 0; set at least one above 0")
    }
    if learner.valueHeads == .separate && !reward.paysIntrinsic {
      problems.append("\"learner.value_heads\" = \"separate\" needs an intrinsic reward; use \"single\"")
    }
    if learner.advantages == .normalised && learner.valueHeads == .single {
      problems.append(
        "\"learner.advantages\" = \"normalised\" needs a value head for each reward: \"learner.value_heads\" = "
          + "\"separate\""
      )
    }
    // 0.99 was the default once, and is in the files of earlier runs.
    let withoutEffect = [LearnerSection().intrinsicDiscount, 0.99, learner.discount]
    if learner.valueHeads == .single, !withoutEffect.contains(learner.intrinsicDiscount) {
      problems.append(
        "\"learner.intrinsic_discount\" has no effect with \"learner.value_heads\" = \"single\"; remove it, or use "
          + "\"separate\"")
    }
    return problems
  }

  private func languageModelProblems() -> [String] {
    var problems: [String] = []
    // The learner writes the configuration into the run directory and sends it to every peer.
    if languageModel.servers.contains("@") {
      problems.append(
        "\"language_model.servers\" must not hold a password; put the key into a file and name it in "
          + "\"language_model.key_file\"")
    }
    if !languageModel.keyFile.isEmpty && !languageModel.keyVariable.isEmpty {
      problems.append("\"language_model.key_file\" and \"language_model.key_variable\" are both set; remove one")
    }
    if !languageModel.file.isEmpty
      && !(languageModel.servers + languageModel.keyFile + languageModel.keyVariable).isEmpty
    {
      problems.append(
        "\"language_model.file\" is evaluated by the annotator itself and needs neither \"language_model.servers\" nor a "
          + "key; remove one of them")
    }
    if languageModel.threshold == .quantile && !(0...1).contains(languageModel.thresholdValue) {
      problems.append(
        "\"language_model.threshold_value\" = \(languageModel.thresholdValue) is not a share; a quantile needs a "
          + "value from 0 to 1")
    }
    return problems
  }
}
