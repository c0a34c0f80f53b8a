/// What the rewards of one unroll are computed from. Plain views: valid for the duration of the call they are passed
/// to.
public struct RewardInputs {
  /// Tells the groups of environments apart, for the return normaliser.
  public let group: UInt64
  /// T.
  public let steps: Int
  /// E.
  public let columns: Int
  /// [T, E] extrinsic, as the environment gave it.
  public let rewards: UnsafePointer<Float>
  /// [T, E] bit 0 terminated, bit 1 truncated, bit 2 succeeded.
  public let flags: UnsafePointer<UInt8>
  /// [T, E] global id of the caption the step led to; 0 = none.
  public let captions: UnsafePointer<UInt32>
  /// [T, E] occurrences of that caption in the episode, this one included.
  public let captionCounts: UnsafePointer<UInt16>
  /// [T+1, E, rowByteCount]; row t is what step t acted on. nil where nobody looks.
  public let observations: UnsafeRawPointer?
  public let rowByteCount: Int
  /// Version of the behaviour policy at the first step.
  public let policyVersion: UInt64
  /// Updates the learner has made, whatever policy acted.
  public let updates: UInt64

  public init(
    group: UInt64, steps: Int, columns: Int, rewards: UnsafePointer<Float>, flags: UnsafePointer<UInt8>,
    captions: UnsafePointer<UInt32>, captionCounts: UnsafePointer<UInt16>, observations: UnsafeRawPointer? = nil,
    rowByteCount: Int = 0, policyVersion: UInt64 = 0, updates: UInt64 = 0
  ) {
    self.group = group
    self.steps = steps
    self.columns = columns
    self.rewards = rewards
    self.flags = flags
    self.captions = captions
    self.captionCounts = captionCounts
    self.observations = observations
    self.rowByteCount = rowByteCount
    self.policyVersion = policyVersion
    self.updates = updates
  }

  /// T * E.
  public var count: Int { steps * columns }

  // The bits of a step's flags, as the wire has them.
  static let terminatedMask: UInt8 = 0b001
  /// Terminated or truncated.
  static let endMask: UInt8 = 0b011
  static let succeededMask: UInt8 = 0b100

  /// Whether the world itself ended the episode with the step.
  func terminates(_ index: Int) -> Bool { flags[index] & Self.terminatedMask != 0 }

  /// Whether the episode ended with the step.
  func ends(_ index: Int) -> Bool { flags[index] & Self.endMask != 0 }

  /// Whether the episode reached its goal with the step.
  func succeeds(_ index: Int) -> Bool { flags[index] & Self.succeededMask != 0 }
}
