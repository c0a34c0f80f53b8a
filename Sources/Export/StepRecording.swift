import ActorCritic
import Assembly
import Checkpoints
import Environments
import Evaluation
import Foundation
import NeuralNetwork
import Runtime
import Tensor
import Trajectories

/// Steps that a policy has played, with what Tengu's own network computed in each: what an export is compared with.
///
/// Tensors of the safetensors file, for T steps of N environments: `observation.FIELD` [T, N, ...] (integers as int32 or
/// int64, numbers as float32), `resets` [T, N] (1 = the state is zero before that step), `logits` [T, N, P] (masked; of a
/// continuous space means and logarithms of deviations), `counts` (the actions of each factor; no tensor for a continuous
/// space), `uses` [choices of the first factor, A] (1 = the factor counts with that choice; only of structured actions), `values`
/// [T, N, V] and `states` [T, N, S] after each step.
public struct StepRecording {
  /// Environments that play at the same time.
  private static let environments = 4

  private let policy: PolicyUnderTest
  private let steps: Int
  private let workspace: PolicyWorkspace
  private let state: FloatBuffer
  private let environments: [any Environment]
  private let rows: [UnsafeMutableRawPointer]
  private let caption = CaptionBuffer()

  /// - Parameter steps: T.
  /// - Throws: `EnvironmentError` if the task's environment cannot be made.
  public init(_ export: PolicyExport, steps: Int) throws {
    policy = export.policy
    self.steps = steps
    let network = policy.plan.network
    workspace = network.makeWorkspace(maximumSteps: 1, maximumBatch: Self.environments)
    state = FloatBuffer(count: max(1, Self.environments * network.stateSize))
    environments = try (0..<Self.environments).map { [policy] _ in try policy.plan.makeEnvironment() }
    let size = policy.plan.specification.observation.rowByteCount
    rows = environments.map { _ in
      let row = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
      row.initializeMemory(as: UInt8.self, repeating: 0, count: size)
      return row
    }
  }

  /// Plays and returns the bytes of the safetensors file. Call it once.
  /// - Parameter progress: receives the number of steps that are played.
  /// - Throws: `EnvironmentError` if an environment fails.
  public func play(seed: UInt64, progress: (Int) -> Void = { _ in }) throws -> [UInt8] {
    defer { for row in rows { row.deallocate() } }
    let network = policy.plan.network
    let (count, head) = (Self.environments, policy.plan.network.actions)
    let action = UnsafeMutableRawPointer.allocate(byteCount: 4 * head.elementCount, alignment: 8)
    defer { action.deallocate() }
    var (observations, resets) = ([UInt8](), [UInt8]())
    var (logits, values, states) = ([Float](), [Float](), [Float]())
    var seeds = SplitMix64(seed: seed)
    var actions = RandomGenerator(seed: seed)
    var begins = [Bool](repeating: true, count: count)
    for e in 0..<count { try reset(e, &seeds) }
    for step in 0..<steps {
      progress(step)
      for e in 0..<count {
        observations += UnsafeRawBufferPointer(
          start: rows[e], count: policy.plan.specification.observation.rowByteCount)
        resets.append(begins[e] ? 1 : 0)
        if begins[e] { (state.pointer + e * network.stateSize).update(repeating: 0, count: network.stateSize) }
      }
      infer()
      logits += UnsafeBufferPointer(start: workspace.logits, count: count * head.parameterCount)
      values += UnsafeBufferPointer(start: workspace.values, count: count * network.valueHeads)
      states += UnsafeBufferPointer(start: state.pointer, count: count * network.stateSize)
      for e in 0..<count {
        _ = head.sample(workspace.logits + e * head.parameterCount, &actions, into: action)
        caption.clear()
        begins[e] = try environments[e].step(
          ActionChoice(head.space, action), into: StepOutput(row: rows[e], caption: caption)
        ).done
        if begins[e] { try reset(e, &seeds) }
      }
    }
    var tensors = fields(of: observations)
    tensors.append(NamedTensor("resets", shape: [steps, count], resets))
    tensors.append(NamedTensor("logits", shape: [steps, count, head.parameterCount], logits))
    if !head.space.isContinuous { tensors.append(NamedTensor("counts", head.space.counts.map { Int32(clamping: $0) })) }
    if let structure = head.structure {
      let uses = structure.uses.flatMap { uses in
        (0..<head.elementCount).map { $0 == 0 || uses.contains($0) ? UInt8(1) : 0 }
      }
      tensors.append(NamedTensor("uses", shape: [structure.uses.count, head.elementCount], uses))
    }
    tensors.append(NamedTensor("values", shape: [steps, count, network.valueHeads], values))
    if network.stateSize > 0 {
      tensors.append(NamedTensor("states", shape: [steps, count, network.stateSize], states))
    }
    return try SafeTensors.encode(tensors)
  }

  private func reset(_ e: Int, _ seeds: inout SplitMix64) throws {
    caption.clear()
    try environments[e].reset(seed: seeds.next(), into: StepOutput(row: rows[e], caption: caption))
  }

  private func infer() {
    let pointers = rows.map { UnsafeRawPointer($0) }
    pointers.withUnsafeBufferPointer { pointers in
      guard let base = pointers.baseAddress else { return }
      policy.infer(rows: base, batch: Self.environments, state: state.pointer, workspace: workspace)
    }
  }

  /// The fields of all recorded rows as tensors.
  private func fields(of observations: [UInt8]) -> [NamedTensor] {
    let layout = policy.plan.specification.observation
    let rowCount = steps * Self.environments
    return zip(layout.fields, layout.offsets).map { field, offset in
      func values<Element: BitwiseCopyable>(_ type: Element.Type) -> [Element] {
        observations.withUnsafeBytes { bytes in
          (0..<rowCount).flatMap { row in
            (0..<field.elementCount).map { element in
              bytes.loadUnaligned(
                fromByteOffset: row * layout.rowByteCount + offset + element * MemoryLayout<Element>.size, as: type)
            }
          }
        }
      }
      let (name, shape) = ("observation.\(field.name)", [steps, Self.environments] + field.shape)
      switch field.type {
      case .uint8: return NamedTensor(name, shape: shape, values(UInt8.self))
      case .int8: return NamedTensor(name, shape: shape, values(Int8.self).map { Int32($0) })
      case .int16: return NamedTensor(name, shape: shape, values(Int16.self).map { Int32($0) })
      case .int32: return NamedTensor(name, shape: shape, values(Int32.self))
      case .int64: return NamedTensor(name, shape: shape, values(Int64.self))
      case .float32: return NamedTensor(name, shape: shape, values(Float.self))
      }
    }
  }
}
