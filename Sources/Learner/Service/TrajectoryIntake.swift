import ActorCritic
import Assembly
import Configuration
import Tensor
import Trajectories
import Wire

/// Why a trajectory was refused; its sender loses the connection.
struct IntakeError: Error, CustomStringConvertible {
  let description: String
}

/// Checks a trajectory against what this run plays, and makes an unroll of it: plain tensors are not copied, compressed
/// ones are read into the memory that is trained from.
///
/// Used by one thread at a time.
struct TrajectoryIntake {
  private let unrollLength: Int
  private let environments: Int
  private let rowByteCount: Int
  private let stateSize: Int
  private let valueHeads: Int
  private let actionCount: Int
  private let decompressor = TensorDecompressor()
  private let limits: WireLimits

  init(plan: RunPlan, limits: WireLimits = WireLimits()) {
    self.limits = limits
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
    // Every shape is known here, so nothing takes more memory than this run's trajectories do.
    var memory: [TensorFrame] = []
    func take(_ name: TensorName, _ shape: [Int]) throws(IntakeError) -> TensorFrame {
      let tensor = try plain(tensor(tensors, name, shape))
      memory.append(tensor)
      return tensor
    }
    let observations = try take(.observations, [t + 1, e, rowByteCount]).pointer(as: UInt8.self)
    let actions = try take(.actions, [t, e]).pointer(as: Int32.self)
    let rewards = try take(.rewards, [t, e]).pointer(as: Float.self)
    let flags = try take(.flags, [t, e]).pointer(as: UInt8.self)
    let logProbabilities = try take(.logProbabilities, [t, e]).pointer(as: Float.self)
    let captions = try take(.captions, [t, e]).pointer(as: UInt32.self)
    let counts = try take(.captionCounts, [t, e]).pointer(as: UInt16.self)
    let values = try take(.values, [t, e, valueHeads]).pointer(as: Float.self)
    let truncation = try take(.truncationValues, [t, e, valueHeads]).pointer(as: Float.self)
    let state = try take(.initialState, [e, stateSize]).pointer(as: Float.self)
    let limit = Int32(actionCount)
    try require(.actions, t * e) { actions[$0] >= 0 && actions[$0] < limit }
    try require(.rewards, t * e) { rewards[$0].isFinite }
    try require(.flags, t * e) { flags[$0] <= 7 }
    try require(.logProbabilities, t * e) { logProbabilities[$0].isFinite && logProbabilities[$0] <= 1e-3 }
    try require(.captions, t * e) { Int(captions[$0]) < globalCaptions.count }
    try require(.values, t * e * valueHeads) { values[$0].isFinite }
    try require(.truncationValues, t * e * valueHeads) { truncation[$0].isFinite }
    try require(.initialState, e * stateSize) { state[$0].isFinite }
    let owner = UnrollMemory(tensors: memory, captions: (0..<(t * e)).map { globalCaptions[Int(captions[$0])] })
    return Unroll(
      owner: owner, unrollLength: t, environmentCount: e, policyVersion: header.policyVersion,
      observations: UnsafeRawPointer(observations), actions: actions, rewards: rewards, flags: flags,
      behaviourLogProbabilities: logProbabilities, behaviourValues: values, truncationValues: truncation,
      initialState: state,
      captions: owner.captions, captionCounts: counts)
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

  /// The tensor as the train step reads it. Its shape must have been found right before.
  private func plain(_ tensor: TensorFrame) throws(IntakeError) -> TensorFrame {
    do throws(WireError) {
      return try decompressor.plain(tensor, limits: limits)
    } catch {
      throw IntakeError(description: "\(error)")
    }
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
