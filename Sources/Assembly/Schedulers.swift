import Configuration
import Scheduling

extension RunPlan {
  /// What decides which tasks the next episodes play; nil if the run has no plan.
  /// - Throws: `ConfigurationError` if the run's actions have no temperature and the plan needs one, or cannot be steered.
  public func makeScheduler() throws(ConfigurationError) -> (any TaskScheduler)? {
    let plan = configuration.plan
    let (keys, weight, repeats) = (plan.keys, plan.successWeight, plan.repeats)
    if plan.isThere, !plan.steering.isEmpty {
      guard case .discrete = specification.actions else {
        throw ConfigurationError([
          "\"plan.steering\" steers the choice of one action of a list, which an action of \"\(specification.name)\" is not; "
            + "set it to \"\""
        ])
      }
    }
    switch plan.kind {
    case .none: return nil
    case .uniform: return UniformScheduler(keys: keys, weight: weight)
    case .knapsack:
      return KnapsackScheduler(keys: keys, weight: weight, minimumRepeats: plan.minimumRepeats)
    case .bandit:
      return BanditScheduler(keys: keys, weight: weight, repeats: repeats, alpha: plan.exploration)
    case .balance:
      guard !specification.actions.isContinuous else {
        throw ConfigurationError([
          "\"plan.kind\" = \"balance\" chooses a temperature, which the continuous actions of \"\(specification.name)\" do not "
            + "have"
        ])
      }
      return BalanceScheduler(
        keys: keys, weight: weight, repeats: repeats, temperatures: plan.temperatureGrid.compactMap { $0 },
        wins: plan.wins)
    case .restart:
      return RestartScheduler(
        keys: keys, weight: weight, repeats: repeats, thresholds: plan.thresholdGrid.compactMap { $0 })
    }
  }
}
