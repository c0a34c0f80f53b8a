extension RunConfiguration {
  /// Checks every range and every rule between fields.
  /// - Throws: `ConfigurationError` naming the fields concerned.
  public func validate() throws(ConfigurationError) {
    var problems: [String] = []
    for field in ConfigurationField.all where !field.range.contains(field.value(self)) {
      problems.append(field.refusal(of: field.value(self).toml))
    }
    // Rules between fields assume that each is in its range.
    if problems.isEmpty {
      problems =
        batchProblems() + rewardProblems() + rewardModelProblems() + languageModelProblems()
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
    if learner.publishUpdates > 1 && learner.publishUpdates > learner.maximumPolicyLag {
      problems.append(
        "\"learner.publish_updates\" = \(learner.publishUpdates) is above \"learner.maximum_policy_lag\" = "
          + "\(learner.maximumPolicyLag): every unroll would come to be too old, and no policy follow")
    }
    if worker.doubleBuffered && worker.groupsPerThread != 2 {
      problems.append(
        "\"worker.double_buffered\" needs \"worker.groups_per_thread\" = 2; it is \(worker.groupsPerThread)")
    }
    return problems
  }

  private func rewardProblems() -> [String] {
    var problems: [String] = []
    let paysIntrinsic = reward.model != .none && reward.intrinsicCoefficient > 0
    if reward.extrinsicCoefficient == 0 && !paysIntrinsic {
      problems.append(
        "nothing to learn from: \"reward.extrinsic_coefficient\" is 0 and \"reward.model\" pays no intrinsic reward")
    }
    if annotator.newestWeight + annotator.frequentWeight + annotator.uncertainWeight == 0 {
      problems.append(
        "\"annotator.newest_weight\", \"annotator.frequent_weight\" and \"annotator.uncertain_weight\" are all 0; one "
          + "must be above")
    }
    if learner.valueHeads == .separate && !paysIntrinsic {
      problems.append("\"learner.value_heads\" = \"separate\" needs an intrinsic reward; use \"single\"")
    }
    if learner.advantages == .normalised && learner.valueHeads == .single {
      problems.append(
        "\"learner.advantages\" = \"normalised\" needs a value head for each reward: \"learner.value_heads\" = \"separate\""
      )
    }
    for (name, isSet, model) in [
      ("reward.soft", reward.soft, RewardSection.Model.classification),
      ("reward.fidelity", reward.fidelity != .corrected, .ranking),
    ] where isSet && reward.model != model {
      problems.append(
        "\"\(name)\" has no effect with \"reward.model\" = \"\(reward.model.rawValue)\"; leave it out, or use "
          + "\"\(model.rawValue)\"")
    }
    let unchanged = LearnerSection().intrinsicDiscount
    if learner.valueHeads == .single
      && ![unchanged, learner.discount].contains(learner.intrinsicDiscount)
    {
      problems.append(
        "\"learner.intrinsic_discount\" has no effect with \"learner.value_heads\" = \"single\"; leave it out, or use "
          + "\"separate\"")
    }
    return problems
  }

  private func languageModelProblems() -> [String] {
    var problems: [String] = []
    // The configuration is written into the run directory and told to every peer.
    if languageModel.servers.contains("@") {
      problems.append(
        "\"language_model.servers\" must not hold a password; put the key into a file and name it in "
          + "\"language_model.key_file\"")
    }
    if !languageModel.keyFile.isEmpty && !languageModel.keyVariable.isEmpty {
      problems.append("\"language_model.key_file\" and \"language_model.key_variable\" are both set; leave one out")
    }
    if annotator.pairShare > 0 && !(annotator.kind.asksModel && reward.model == .ranking) {
      problems.append(
        "\"annotator.pair_share\" needs \"annotator.kind\" = \"llm\" or \"layered\", which can compare, and "
          + "\"reward.model\" = \"ranking\", which learns from comparisons")
    }
    if languageModel.threshold == .quantile && !(0...1).contains(languageModel.thresholdValue) {
      problems.append(
        "\"language_model.threshold_value\" = \(languageModel.thresholdValue) is no share; a quantile needs one from 0 "
          + "to 1")
    }
    return problems
  }
}
