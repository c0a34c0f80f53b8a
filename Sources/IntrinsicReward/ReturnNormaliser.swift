import Statistics

/// The running deviation of the discounted extrinsic return, which rewards are divided by so that one learning rate suits
/// tasks that pay in hundredths and in thousands (Burda et al. 2018; return scaling as in OpenAI Baselines).
///
/// Each environment has its own return, carried over from one unroll of its group to the next and begun again with each
/// episode. The struct is its own saved state.
public struct ReturnNormaliser: Sendable, Hashable, Codable {
  /// Groups whose returns are carried. Past it the group that was silent longest begins again from zero.
  public static let maximumGroupCount = 4096
  /// Rewards are divided only from this deviation on: before the returns have differed, there is no scale to speak of.
  public static let minimumDeviation = 1e-4

  /// The returns of one group of environments.
  private struct Group: Sendable, Hashable, Codable {
    /// Discounted return up to the group's last step, one a column.
    var returns: [Float]
    /// Value of `clock` at its last unroll.
    var lastSeen: Int
  }

  public let discount: Float
  public private(set) var moments: RunningMoments
  private var groups: [UInt64: Group] = [:]
  private var clock = 0

  /// - Parameters:
  ///   - discount: of the return, in 0 ... 1.
  ///   - decay: of the moments' weight, applied once for each step of an unroll; 1 forgets nothing.
  public init(discount: Float, decay: Double = 1) {
    self.discount = discount
    moments = RunningMoments(decay: decay)
  }

  /// Takes in one unroll: G_t = r_t + discount * G_(t-1), begun again after each end of an episode.
  /// - Parameters:
  ///   - group: tells the sender's groups of environments apart; the columns of one group keep their places.
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

  /// Forgets the returns of a group, when its worker has left.
  public mutating func forget(group: UInt64) { groups[group] = nil }

  /// What rewards are divided by; 1 until the deviation reaches `minimumDeviation`.
  public var divisor: Float {
    guard let deviation = moments.deviation, deviation >= Self.minimumDeviation else { return 1 }
    return Float(deviation)
  }

  private mutating func makeRoom() {
    guard groups.count >= Self.maximumGroupCount else { return }
    if let oldest = groups.min(by: { $0.value.lastSeen < $1.value.lastSeen })?.key { groups[oldest] = nil }
  }
}
