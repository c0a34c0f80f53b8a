import Tensor
import Trajectories

/// What the rewards of one unroll are computed from. The pointers are valid for the duration of the call that receives
/// the inputs.
public struct RewardInputs {
  /// Number that distinguishes the groups of environments, for state that continues from unroll to unroll.
  public let group: UInt64
  /// The unroll with every tensor it carries; a reward of an optional tensor reads `unroll[field]`.
  public let unroll: Unroll
  /// Updates the learner has made, whatever policy acted.
  public let updates: UInt64
  /// T.
  public let steps: Int
  /// E.
  public let columns: Int
  /// [T, E] extrinsic, as the environment gave it.
  public let rewards: UnsafePointer<Float>
  /// [T, E] `StepFlags`.
  public let flags: UnsafePointer<UInt8>
  /// [T, E] global id of the caption the step led to; 0 = none.
  public let captions: UnsafePointer<UInt32>
  /// [T, E] occurrences of that caption in the episode, this one included.
  public let captionCounts: UnsafePointer<UInt16>
  /// [T+1, E, rowByteCount]; row t is what step t acted on.
  public let observations: UnsafeRawPointer
  /// [(T+1) * E, H] what the current policy's last layer reads for each observation; nil for models that do not read it.
  public let policyFeatures: Matrix?

  public init(group: UInt64, unroll: Unroll, updates: UInt64, policyFeatures: Matrix? = nil) {
    self.group = group
    self.unroll = unroll
    self.updates = updates
    steps = unroll.unrollLength
    columns = unroll.environmentCount
    rewards = unroll[Step.rewards]
    flags = unroll[Step.flags]
    captions = unroll[Step.captions]
    captionCounts = unroll[Step.captionCounts]
    observations = UnsafeRawPointer(unroll[Step.observations])
    self.policyFeatures = policyFeatures
  }

  /// T * E.
  public var count: Int { steps * columns }

  /// Bytes of an observation row.
  public var rowByteCount: Int { unroll.shape.rowByteCount }

  /// Version of the behaviour policy at the first step.
  public var policyVersion: UInt64 { unroll.policyVersion }

  /// Whether the world itself ended the episode with the step.
  func terminates(_ index: Int) -> Bool { stepFlags(index).contains(.terminated) }

  /// Whether the episode ended with the step.
  func ends(_ index: Int) -> Bool { stepFlags(index).endsEpisode }

  /// Whether the episode reached its goal with the step.
  func succeeds(_ index: Int) -> Bool { stepFlags(index).contains(.succeeded) }

  private func stepFlags(_ index: Int) -> StepFlags { StepFlags(rawValue: flags[index]) }
}
