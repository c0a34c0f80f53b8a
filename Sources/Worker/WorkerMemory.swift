import Assembly
import Runtime

/// The memory that a run would take in a worker. The learner chooses the sizes and the worker has the memory, so the
/// worker compares the two before it makes anything.
///
/// All numbers are floating point, because products of foreign sizes may exceed every integer.
struct WorkerMemory: Equatable {
  /// Copies of the policy in a worker: the one in use and the one that replaces it, each as it arrived and prepared.
  private static let policyCopies = 4.0

  let groups: Double
  /// Unrolls in memory.
  let unrolls: Double
  let unrollBytes: Double
  let environments: Double
  let environmentBytes: Double
  let policyBytes: Double

  /// - Parameters:
  ///   - threads: rollout threads.
  ///   - credits: unrolls that may be in flight.
  init(_ plan: RunPlan, threads: Int, credits: Int) {
    let shape = plan.unrollShape
    groups = Double(threads) * Double(plan.configuration.worker.groupsPerThread)
    // Credits bound the unrolls in flight; of each group libzmq may hold one more that the learner has already taken.
    unrolls = Double(credits) + groups
    unrollBytes = shape.schema.tensors.reduce(0) { sum, tensor in
      sum + shape.dimensions(of: tensor).reduce(Double(tensor.type.byteCount)) { $0 * Double($1) }
    }
    environments = groups * Double(shape.environmentCount)
    environmentBytes = Double(plan.environmentBytes)
    policyBytes = Double(plan.policyParameters.count) * Double(MemoryLayout<Float>.stride)
  }

  var bytes: Double {
    unrolls * unrollBytes + environments * environmentBytes + Self.policyCopies * policyBytes
  }

  /// - Parameter limit: bytes.
  /// - Throws: `WorkerError.tooLarge` that says what takes how much.
  func check(limit: Double) throws(WorkerError) {
    guard bytes > limit else { return }
    throw .tooLarge(
      "this run would take \(UsableMemory.text(bytes)) of memory here, more than the \(UsableMemory.text(limit)) that it may have: "
        + "\(UsableMemory.text(unrolls * unrollBytes)) for the unrolls of \(Int(saturating: groups)) groups, "
        + "\(UsableMemory.text(environments * environmentBytes)) for \(Int(saturating: environments)) environments, "
        + "\(UsableMemory.text(Self.policyCopies * policyBytes)) for the policy; start the worker with fewer --threads, allow "
        + "more with --memory, or make worker.environments_per_group or learner.unroll_length smaller")
  }
}
