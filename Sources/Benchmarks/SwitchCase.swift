import Configuration

/// A method that can be switched on, as a user would write it.
struct SwitchCase: Sendable {
  let name: String
  /// What is set on top of the plain configuration.
  let overrides: [String]

  init(_ name: String, _ overrides: String...) {
    self.name = name
    self.overrides = overrides
  }

  /// A reward chain that is the plain one but for a transform.
  private static func chain(_ chain: String, _ overrides: String...) -> SwitchCase {
    SwitchCase(name: "chain \(chain)", overrides: ["reward.chain=\(chain)"] + overrides)
  }

  private init(name: String, overrides: [String]) {
    self.name = name
    self.overrides = overrides
  }

  static let all =
    [
      SwitchCase("classification", "reward.model=classification"),
      SwitchCase("classification, probability", "reward.model=classification", "reward.soft=true"),
      SwitchCase("classification, five heads", "reward.model=classification", "reward.ensemble=5"),
      SwitchCase("ranking", "reward.model=ranking"),
      SwitchCase("ranking, CREAM", "reward.model=ranking", "reward.cream=true"),
      SwitchCase("ranking, UPO", "reward.model=ranking", "reward.upo=true"),
      SwitchCase("novelty", "reward.model=novelty"),
      SwitchCase("similarity", "reward.model=similarity", "reward.goal_text=you descend the stairs"),
      SwitchCase("rnd", "reward.model=rnd", "reward.count_exponent=0"),
      SwitchCase("normalised extrinsic reward", "reward.normalise_extrinsic=true"),
      SwitchCase("separate value heads", "learner.value_heads=separate"),
      SwitchCase("exploration critic", "learner.value_heads=separate", "learner.advantages=normalised"),
      SwitchCase("normalised observations", "network.normalise_observations=true"),
      SwitchCase("falling rate and entropy", "learner.final_learning_rate=0", "learner.decay_updates=1000"),
    ] + chains

  private static let chains = [
    chain("standardise count"), chain("quantile count"), chain("par count"), chain("clip count"), chain("delta count"),
    chain("ppr", "reward.extrinsic_coefficient=0"), chain("trust count"), chain("potential"),
    chain("information"), chain("count anneal"),
  ]
}
