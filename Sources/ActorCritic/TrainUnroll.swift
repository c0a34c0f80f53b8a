import Trajectories

/// An unroll with the rewards it is trained on. The reward pointers must stay valid during the update.
public struct TrainUnroll {
  public let unroll: Unroll
  /// [T, E] scaled, clipped and weighed.
  public let extrinsicRewards: UnsafePointer<Float>
  /// [T, E] weighed; zeros where a run has none.
  public let intrinsicRewards: UnsafePointer<Float>

  public init(_ unroll: Unroll, extrinsicRewards: UnsafePointer<Float>, intrinsicRewards: UnsafePointer<Float>) {
    self.unroll = unroll
    self.extrinsicRewards = extrinsicRewards
    self.intrinsicRewards = intrinsicRewards
  }
}
