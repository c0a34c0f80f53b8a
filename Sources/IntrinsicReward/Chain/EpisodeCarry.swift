/// What a transform remembers of the episode that each environment is in, carried from one unroll of its group to the next.
///
/// It does not survive a restart: the groups of a new session are other ones.
struct EpisodeCarry<Value: Sendable>: Sendable {
  /// Groups whose episodes are carried. Past it the group that was silent longest begins again.
  static var maximumGroupCount: Int { 4096 }

  /// One group of environments.
  private struct Group: Sendable {
    /// One a column.
    var values: [Value]
    /// Value of `clock` at its last unroll.
    var lastSeen: Int
  }

  private var groups: [UInt64: Group] = [:]
  private var clock = 0

  init() {}

  /// Takes out what is known of each column's episode; to be given back with `keep`.
  /// - Parameter initial: of an episode that nothing is known of yet.
  mutating func take(_ inputs: RewardInputs, initial: Value) -> [Value] {
    guard let group = groups.removeValue(forKey: inputs.group), group.values.count == inputs.columns else {
      return Array(repeating: initial, count: inputs.columns)
    }
    return group.values
  }

  /// Keeps what is known after the unroll, one value a column.
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
