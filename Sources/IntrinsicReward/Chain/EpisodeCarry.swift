/// A value for the current episode of each environment, carried from one unroll of its group to the next.
///
/// It does not survive a restart, because a new session has new groups.
struct EpisodeCarry<Value: Sendable>: Sendable {
  /// Maximum number of groups. Beyond it, the group that was silent longest starts from scratch.
  static var maximumGroupCount: Int { 4096 }

  /// One group of environments.
  private struct Group: Sendable {
    /// One value for each column.
    var values: [Value]
    /// Value of `clock` at its last unroll.
    var lastSeen: Int
  }

  private var groups: [UInt64: Group] = [:]
  private var clock = 0

  init() {}

  /// Removes and returns the values of the group's columns. The caller returns them with `keep`.
  /// - Parameter initial: the value of an episode without one.
  mutating func take(_ inputs: RewardInputs, initial: Value) -> [Value] {
    guard let group = groups.removeValue(forKey: inputs.group), group.values.count == inputs.columns else {
      return Array(repeating: initial, count: inputs.columns)
    }
    return group.values
  }

  /// Stores the values after the unroll, one for each column.
  mutating func keep(_ values: [Value], _ inputs: RewardInputs) {
    clock += 1
    if groups.count >= Self.maximumGroupCount,
      let oldest = groups.min(by: { $0.value.lastSeen < $1.value.lastSeen })?.key
    {
      groups[oldest] = nil
    }
    groups[inputs.group] = Group(values: values, lastSeen: clock)
  }
}
