import Wire

/// What a worker's environments and network let it do for entries of the run's plan.
struct PlanAbilities: Sendable {
  /// Whether an action is numbers, which have no temperature.
  var isContinuous = false
  /// Whether episodes can be cut: those of environments in servers go on until they end.
  var cutsEpisodes = true
  /// Value heads that can steer; 0 if the run steers nothing or the world cannot say what an action leads to.
  var steeringHeads = 0

  /// What this worker cannot do for an entry; nil if it can play it.
  func obstacle(_ entry: PlanEntry) -> String? {
    if !entry.goal.isEmpty { return "a goal" }
    if !entry.steering.isEmpty, entry.steering.count != steeringHeads {
      return steeringHeads == 0
        ? "steering by values in a world that cannot say what an action leads to" : "steering by other value heads"
    }
    if entry.abortAbove > 0, !cutsEpisodes { return "cutting episodes of environments in servers" }
    return isContinuous && entry.temperature != 1 ? "a temperature for continuous actions" : nil
  }
}
