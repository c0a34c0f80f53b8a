extension RunConfiguration {
  /// Rules about what each reward model needs, and what has no effect with it.
  func rewardModelProblems() -> [String] {
    var problems: [String] = []
    let paysIntrinsic = reward.model != .none && reward.intrinsicCoefficient > 0
    if paysIntrinsic && reward.model.needsLabels && annotator.kind == .none && annotator.store.isEmpty {
      problems.append(
        "\"reward.model\" = \"\(reward.model.rawValue)\" needs labels, and \"annotator.kind\" is \"none\"; set an "
          + "annotator or \"annotator.store\", or \"reward.model\" to \"none\"")
    }
    if (reward.model == .similarity) == reward.goalText.isEmpty {
      problems.append(
        "\"reward.goal_text\" is what \"reward.model\" = \"similarity\" compares captions with; "
          + (reward.goalText.isEmpty ? "give it one" : "it has no effect with \"\(reward.model.rawValue)\""))
    }
    if reward.model == .rnd && reward.countExponent != 0 {
      problems.append(
        "\"reward.count_exponent\" = \(reward.countExponent) counts captions, which \"reward.model\" = \"rnd\" does not "
          + "pay for; set it to 0")
    }
    for (name, isSet) in [
      ("reward.pretrain_steps", reward.pretrainSteps > 0), ("reward.frozen", reward.frozen),
      ("reward.ensemble", reward.ensemble > 1),
    ] where isSet && !reward.model.isLearned {
      problems.append(
        "\"\(name)\" has no effect with \"reward.model\" = \"\(reward.model.rawValue)\"; leave it out, or use "
          + "\"classification\" or \"ranking\"")
    }
    for (name, isSet) in [("reward.cream", reward.cream), ("reward.upo", reward.upo)]
    where isSet && reward.model != .ranking {
      problems.append("\"\(name)\" weighs pairs, from which \"reward.model\" = \"ranking\" alone learns; leave it out")
    }
    return problems
  }
}
