import Runtime
import Statistics

/// The running standard deviation of the discounted return. Rewards are divided by it so that one learning rate suits
/// tasks with small and with large rewards (Burda et al. 2018; return scaling as in OpenAI Baselines).
///
/// Each environment has its own return. It continues from one unroll of its group to the next and restarts with each
/// episode. The struct is also the saved state.
public struct ReturnNormaliser: Sendable, Hashable, Codable, ForeignNumbers {
  /// Maximum number of groups. Beyond it, the group that was silent longest restarts from zero.
  public static let maximumGroupCount = 4096
  /// Rewards are divided only from this deviation on: if returns hardly differ, there is no scale.
  public static let minimumDeviation = 1e-4

  /// The returns of one group of environments.
  private struct Group: Sendable, Hashable, Codable {
    /// Discounted return up to the group's last step, one for each column.
    var returns: [Float]
    /// Value of `clock` at its last unroll.
    var lastSeen: Int
  }

  /// What is saved.
  private enum CodingKeys: CodingKey { case discount, moments, groups, clock }

  public let discount: Float
  /// Moments of the returns that this learner has seen.
  public private(set) var moments: RunningMoments
  /// Moments of those that the other learners of the run have seen; without others there are none.
  public var othersMoments = RunningMoments()
  private var groups: [UInt64: Group] = [:]
  private var clock = 0

  /// - Parameters:
  ///   - discount: discount of the return per step, in 0 ... 1.
  ///   - decay: factor of the weight of earlier moments at each step of an unroll; 1 forgets nothing.
  public init(discount: Float, decay: Double = 1) {
    self.discount = discount
    moments = RunningMoments(decay: decay)
  }

  /// Adds one unroll: G_t = r_t + discount * G_(t-1), with G = 0 after each end of an episode.
  /// - Parameters:
  ///   - group: id of the group of environments; the columns of a group keep their places.
  ///   - rewards: [steps, columns]. A reward that is not finite counts as 0 in the return.
  ///   - flags: [steps, columns]; any bit of `endMask` says that the episode ended with the step.
  public mutating func observe(
    group: UInt64, rewards: UnsafePointer<Float>, flags: UnsafePointer<UInt8>, endMask: UInt8, steps: Int, columns: Int
  ) {
    clock += 1
    var state = groups.removeValue(forKey: group) ?? Group(returns: [], lastSeen: clock)
    if state.returns.count != columns { state.returns = Array(repeating: 0, count: columns) }
    for step in 0..<steps {
      for column in 0..<columns {
        let reward = rewards[step * columns + column]
        state.returns[column] = state.returns[column] * discount + (reward.isFinite ? reward : 0)
      }
      state.returns.withUnsafeBufferPointer { moments.merge($0) }
      for column in 0..<columns where flags[step * columns + column] & endMask != 0 { state.returns[column] = 0 }
    }
    state.lastSeen = clock
    makeRoom()
    groups[group] = state
  }

  /// This normaliser with what all learners have seen as its own, for a checkpoint.
  public var saved: ReturnNormaliser {
    var result = self
    result.moments = moments.together(with: othersMoments)
    result.othersMoments = RunningMoments()
    return result
  }

  /// The divisor of rewards: the deviation, or 1 below `minimumDeviation`.
  public var divisor: Float {
    let deviation = moments.together(with: othersMoments).deviation
    guard let deviation, deviation >= Self.minimumDeviation else { return 1 }
    return Float(deviation)
  }

  public func checkNumbers() throws(ForeignNumberError) {
    _ = try Int(checked: clock, in: plausibleCount, "clock")
    for group in groups.values { _ = try Int(checked: group.lastSeen, in: plausibleCount, "lastSeen") }
    try moments.checkNumbers()
  }

  private mutating func makeRoom() {
    guard groups.count >= Self.maximumGroupCount else { return }
    if let oldest = groups.min(by: { $0.value.lastSeen < $1.value.lastSeen })?.key { groups[oldest] = nil }
  }
}
