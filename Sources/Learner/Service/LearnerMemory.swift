import Assembly
import Configuration
import Runtime

/// The memory that a run takes in its learner, as far as it follows from the configuration alone. It is a lower bound:
/// small parts are left out, so that no run is refused that would fit.
///
/// All numbers are floating point, because products of configured sizes may exceed every integer.
struct LearnerMemory: Equatable {
  /// Policy, Adam's two moments, and two published copies.
  private static let policyCopies = 5.0
  /// Batches of unrolls that are trained on or arriving, in addition to those in the queue.
  private static let activeBatches = 2.0

  /// Bytes of the parameters with everything that has one number for each.
  let policyBytes: Double
  /// Bytes of the unrolls that may wait or be trained on.
  let unrollBytes: Double
  /// Bytes of the train step's intermediate results.
  let workspaceBytes: Double

  /// - Parameter shards: threads that share an update; each has gradients of its own.
  init(_ plan: RunPlan, shards: Int) {
    let (learner, shape, network) = (plan.configuration.learner, plan.unrollShape, plan.network)
    let float = Double(MemoryLayout<Float>.stride)
    policyBytes = float * Double(plan.policyParameters.count) * (Self.policyCopies + Double(shards))
    let unrollFrames = Double(shape.unrollLength) * Double(shape.environmentCount)
    let bytesOfUnroll = shape.schema.tensors.reduce(0) { sum, tensor in
      sum + shape.dimensions(of: tensor).reduce(Double(tensor.type.byteCount)) { $0 * Double($1) }
    }
    // Unrolls are taken whole, so a batch may exceed its size by one.
    let batchFrames = Double(learner.batchSize) + unrollFrames
    unrollBytes = bytesOfUnroll / unrollFrames * batchFrames * (Double(learner.queueBatches) + Self.activeBatches)
    // The recurrent layer's state and its gradients, logits, log-probabilities and their gradients. A text policy's pass is
    // small, whatever the batch.
    workspaceBytes =
      plan.text != nil
      ? 0 : float * batchFrames * Double(2 * network.stateSize + 3 * network.actions.parameterCount)
  }

  var bytes: Double { policyBytes + unrollBytes + workspaceBytes }

  /// - Parameter limit: bytes that the process may use.
  /// - Throws: `ConfigurationError` that says what takes how much.
  func check(limit: Double = UsableMemory.bytes) throws(ConfigurationError) {
    guard bytes > limit else { return }
    throw ConfigurationError([
      "this run would take at least \(UsableMemory.text(bytes)) of memory in the learner, and there are "
        + "\(UsableMemory.text(limit)): \(UsableMemory.text(policyBytes)) for the policy and its optimiser, "
        + "\(UsableMemory.text(unrollBytes)) for unrolls, \(UsableMemory.text(workspaceBytes)) for the train step; make "
        + "the sizes of [network], worker.environments_per_group, learner.unroll_length or learner.batch_size smaller"
    ])
  }
}
