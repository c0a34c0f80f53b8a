import ActorCritic
import Tensor
import Trajectories

@testable import Worker

/// The network's way through an unroll, one step at a time: the oracle of what a group infers. The same calls with the
/// same batch give the same bits.
final class PolicyReplay {
  private let scripted: ScriptedGroup
  private let workspace: PolicyWorkspace
  private let state: FloatBuffer
  private let shape: UnrollShape

  init(_ scripted: ScriptedGroup, from buffer: TrajectoryBuffer) {
    self.scripted = scripted
    shape = scripted.shape
    workspace = scripted.network.makeWorkspace(maximumSteps: 1, maximumBatch: shape.environmentCount)
    state = FloatBuffer(count: shape.environmentCount * shape.stateSize)
    state.pointer.update(from: buffer.initialState, count: state.count)
  }

  /// Infers for `rows`, one an environment, and returns each one's logits and values.
  func step(_ rows: [UnsafeRawPointer]) -> (logits: [[Float]], values: [[Float]]) {
    scripted.network.infer(
      rows: rows, batch: rows.count, state: state.pointer, weights: scripted.policy.weights,
      workspace: workspace)
    let (actions, heads) = (scripted.network.actions.parameterCount, shape.valueHeads)
    return (
      rows.indices.map { e in (0..<actions).map { workspace.logits[e * actions + $0] } },
      rows.indices.map { e in (0..<heads).map { workspace.values[e * heads + $0] } }
    )
  }

  /// What `step` would return, without its effect.
  func peek(_ rows: [UnsafeRawPointer]) -> [[Float]] {
    let kept = FloatBuffer(count: state.count)
    kept.copy(from: state)
    defer { state.copy(from: kept) }
    return step(rows).values
  }

  func zeroState(_ e: Int) {
    (state.pointer + e * shape.stateSize).update(repeating: 0, count: shape.stateSize)
  }

  func state(_ e: Int) -> [Float] { (0..<shape.stateSize).map { state.pointer[e * shape.stateSize + $0] } }
}
