/// What the rewards of one unroll are computed from. Plain views: valid for the duration of the call they are passed to.
public struct RewardInputs {
  /// Tells the groups of environments apart, for the return normaliser.
  public let group: UInt64
  /// T.
  public let steps: Int
  /// E.
  public let columns: Int
  /// [T, E] extrinsic, as the environment gave it.
  public let rewards: UnsafePointer<Float>
  /// [T, E] bit 0 terminated, bit 1 truncated.
  public let flags: UnsafePointer<UInt8>
  /// [T, E] global id of the caption the step led to; 0 = none.
  public let captions: UnsafePointer<UInt32>
  /// [T, E] occurrences of that caption in the episode, this one included.
  public let captionCounts: UnsafePointer<UInt16>

  public init(
    group: UInt64, steps: Int, columns: Int, rewards: UnsafePointer<Float>, flags: UnsafePointer<UInt8>,
    captions: UnsafePointer<UInt32>, captionCounts: UnsafePointer<UInt16>
  ) {
    self.group = group
    self.steps = steps
    self.columns = columns
    self.rewards = rewards
    self.flags = flags
    self.captions = captions
    self.captionCounts = captionCounts
  }
}
