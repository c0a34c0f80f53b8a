import ActorCritic
import Configuration
import Tensor
import Wire

/// Why a trajectory was refused; its sender loses the connection.
struct IntakeError: Error, CustomStringConvertible {
  let description: String
}

/// Checks a trajectory against what this run plays, and makes an unroll of it without copying its tensors.
struct TrajectoryIntake: Sendable {
  private let unrollLength: Int
  private let environments: Int
  private let rowByteCount: Int
  private let stateSize: Int
  private let valueHeads: Int
  private let actionCount: Int

  init(plan: RunPlan) {
    unrollLength = plan.configuration.learner.unrollLength
    environments = plan.configuration.worker.environmentsPerGroup
    rowByteCount = plan.specification.observation.rowByteCount
    stateSize = plan.network.stateSize
    valueHeads = plan.network.valueHeads
    actionCount = plan.specification.actionCount
  }

  /// - Parameter globalCaptions: the global id of each of the sender's captions, index 0 being "no caption"; already
  ///   extended by the texts this trajectory brought.
  func unroll(
    _ header: Trajectory, _ tensors: [TensorFrame], globalCaptions: [UInt32]
  ) throws(IntakeError) -> Unroll {
    let (t, e) = (unrollLength, environments)
    let observations = try tensor(tensors, .observations, [t + 1, e, rowByteCount])
    let actions = try tensor(tensors, .actions, [t, e]).pointer(as: Int32.self)
    let rewards = try tensor(tensors, .rewards, [t, e]).pointer(as: Float.self)
    let flags = try tensor(tensors, .flags, [t, e]).pointer(as: UInt8.self)
    let logProbabilities = try tensor(tensors, .logProbabilities, [t, e]).pointer(as: Float.self)
    let captions = try tensor(tensors, .captions, [t, e]).pointer(as: UInt32.self)
    let counts = try tensor(tensors, .captionCounts, [t, e]).pointer(as: UInt16.self)
    let values = try tensor(tensors, .values, [t, e, valueHeads]).pointer(as: Float.self)
    let truncation = try tensor(tensors, .truncationValues, [t, e, valueHeads]).pointer(as: Float.self)
    let state = try tensor(tensors, .initialState, [e, stateSize]).pointer(as: Float.self)
    let limit = Int32(actionCount)
    try require(.actions, t * e) { actions[$0] >= 0 && actions[$0] < limit }
    try require(.rewards, t * e) { rewards[$0].isFinite }
    try require(.flags, t * e) { flags[$0] <= 7 }
    try require(.logProbabilities, t * e) { logProbabilities[$0].isFinite && logProbabilities[$0] <= 1e-3 }
    try require(.captions, t * e) { Int(captions[$0]) < globalCaptions.count }
    try require(.values, t * e * valueHeads) { values[$0].isFinite }
    try require(.truncationValues, t * e * valueHeads) { truncation[$0].isFinite }
    try require(.initialState, e * stateSize) { state[$0].isFinite }
    let memory = UnrollMemory(tensors: tensors, captions: (0..<(t * e)).map { globalCaptions[Int(captions[$0])] })
    return Unroll(
      owner: memory, unrollLength: t, environmentCount: e, policyVersion: header.policyVersion,
      observations: UnsafeRawPointer(observations.pointer(as: UInt8.self)), actions: actions, rewards: rewards,
      flags: flags,
      behaviourLogProbabilities: logProbabilities, behaviourValues: values, truncationValues: truncation,
      initialState: state,
      captions: memory.captions, captionCounts: counts)
  }

  private func tensor(
    _ tensors: [TensorFrame], _ name: TensorName, _ shape: [Int]
  ) throws(IntakeError) -> TensorFrame {
    guard let tensor = tensors.first(where: { $0.name == name }) else {
      throw IntakeError(description: "the tensor \(name) is missing")
    }
    guard tensor.shape == shape else {
      throw IntakeError(description: "the tensor \(name) has shape \(tensor.shape); this run needs \(shape)")
    }
    return tensor
  }

  private func require(_ name: TensorName, _ count: Int, _ isValid: (Int) -> Bool) throws(IntakeError) {
    for index in 0..<count where !isValid(index) {
      throw IntakeError(description: "element \(index) of the tensor \(name) is out of range")
    }
  }
}

/// Keeps a trajectory's frames alive, and holds its captions in the learner's numbering.
private final class UnrollMemory {
  let tensors: [TensorFrame]
  let captions: UnsafeMutablePointer<UInt32>

  init(tensors: [TensorFrame], captions source: [UInt32]) {
    self.tensors = tensors
    captions = .allocate(capacity: source.count)
    captions.initialize(from: source, count: source.count)
  }

  deinit { captions.deallocate() }
}
