import Configuration
import IntrinsicReward
import Trajectories

extension RewardModelEntry {
  /// Exploration via elliptical episodic bonuses.
  static let ellipticalBonus: RewardModelEntry = {
    var entry = RewardModelEntry("e3b") { inputs in
      EllipticalReward(
        inputs.configuration.ellipticalOptions, reader: ObservationReader(inputs.observation),
        choices: inputs.actions.counts, policyFeatureCount: inputs.policyFeatureCount)
    }
    entry.scoresCaptions = false
    entry.problems = { countProblems($0) + memoryProblems($0) }
    entry.check = { inputs in
      guard inputs.actions.isContinuous, inputs.configuration.reward.e3bFeatures == .inverse else { return }
      throw ConfigurationError([
        "\"reward.e3b_features\" = \"inverse\" predicts choices, and the actions of the task are numbers; use \"random\" or "
          + "\"policy\""
      ])
    }
    return entry
  }()

  private static func memoryProblems(_ configuration: RunConfiguration) -> [String] {
    let columns = configuration.worker.environmentsPerGroup
    let bytes = configuration.ellipticalOptions.groupBytes(columns: columns)
    let limit = EllipticalOptions.maximumGroupBytes
    return bytes <= limit
      ? []
      : [
        "\"reward.e3b_width\" = \(configuration.reward.e3bWidth) takes \(bytes >> 20) MiB for the \(columns) environments of a "
          + "group, and \(limit >> 20) MiB are possible; lower it, or \"worker.environments_per_group\""
      ]
  }
}

extension RunConfiguration {
  /// Options of the elliptical bonus.
  public var ellipticalOptions: EllipticalOptions {
    var options = EllipticalOptions()
    options.features =
      switch reward.e3bFeatures {
      case .inverse: .inverse
      case .random: .random
      case .policy: .policy
      }
    options.width = reward.e3bWidth
    options.ridge = reward.e3bRidge
    options.share = Float(reward.e3bShare)
    options.learningRate = Float(reward.learningRate)
    options.discount = intrinsicDiscount
    options.seed = seed
    return options
  }
}
