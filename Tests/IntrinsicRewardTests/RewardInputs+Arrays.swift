import Tensor
import Trajectories

@testable import IntrinsicReward

extension RewardInputs {
  /// Inputs over the test's own arrays, which outlive the call that receives them. Tensors that rewards do not read
  /// point to `rewards`.
  init(
    group: UInt64, steps: Int, columns: Int, rewards: UnsafePointer<Float>, flags: UnsafePointer<UInt8>,
    captions: UnsafePointer<UInt32>, captionCounts: UnsafePointer<UInt16>, observations: UnsafeRawPointer? = nil,
    rowByteCount: Int = 0, policyVersion: UInt64 = 0, updates: UInt64 = 0, actions: UnsafePointer<Int32>? = nil,
    space: ActionSpace = .discrete(1), policyFeatures: Matrix? = nil
  ) {
    let given: [UInt32: UnsafeRawPointer] = [
      Step.observations.tensor.number: observations ?? UnsafeRawPointer(rewards),
      Step.actions.tensor.number: actions.map { UnsafeRawPointer($0) } ?? UnsafeRawPointer(rewards),
      Step.rewards.tensor.number: UnsafeRawPointer(rewards), Step.flags.tensor.number: UnsafeRawPointer(flags),
      Step.captions.tensor.number: UnsafeRawPointer(captions),
      Step.captionCounts.tensor.number: UnsafeRawPointer(captionCounts),
    ]
    let shape = UnrollShape(
      unrollLength: steps, environmentCount: columns, rowByteCount: rowByteCount, stateSize: 0, valueHeads: 1,
      schema: .standard(space))
    let unroll = Unroll(
      owner: Owner(), shape: shape, policyVersion: policyVersion,
      starts: shape.schema.tensors.map { given[$0.number] ?? UnsafeRawPointer(rewards) })
    self.init(group: group, unroll: unroll, updates: updates, policyFeatures: policyFeatures)
  }

  private final class Owner {}
}
