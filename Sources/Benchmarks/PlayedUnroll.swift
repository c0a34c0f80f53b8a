import ActorCritic
import Assembly
import Captions
import Configuration
import Environments
import Glibc
import Runtime
import Tensor
import Trajectories

/// One unroll of a group of environments, played at random. Networks that look up symbols in tables depend on the caches,
/// so observations made of random numbers would measure something else.
final class PlayedUnroll {
  let rowByteCount: Int
  private let storage: UnrollStorage
  private let zeros: FloatBuffer  // [T, E]

  /// Steps played before the unroll begins. The first observations of an episode are more alike than later ones.
  private static let stepsBefore = 64

  /// - Parameter table: assigns caption ids. Unrolls that are measured together share it; new captions are added.
  /// - Throws: `EnvironmentError` if the environment cannot be created.
  init(
    _ plan: RunPlan, unrollLength: Int, environmentCount: Int, seed: UInt64, captions table: inout CaptionTable
  ) throws {
    rowByteCount = plan.specification.observation.rowByteCount
    storage = UnrollStorage(
      UnrollShape(
        unrollLength: unrollLength, environmentCount: environmentCount, rowByteCount: rowByteCount,
        stateSize: plan.network.stateSize, valueHeads: plan.network.valueHeads))
    zeros = FloatBuffer(count: storage.shape.frameCount)
    try play(plan, seed: seed, &table)
  }

  /// The observation of environment `e` before step `t`.
  func row(_ t: Int, _ e: Int) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(storage[Step.observations]) + (t * storage.shape.environmentCount + e) * rowByteCount
  }

  private func play(_ plan: RunPlan, seed: UInt64, _ table: inout CaptionTable) throws {
    var generator = RandomGenerator(seed: seed)
    let caption = CaptionBuffer()
    let actionCount = plan.specification.actions.parameterCount
    let (environmentCount, unrollLength) = (storage.shape.environmentCount, storage.shape.unrollLength)
    let (captions, captionCounts) = (storage[Step.captions], storage[Step.captionCounts])
    for e in 0..<environmentCount {
      let environment = try plan.makeEnvironment()
      var occurrences: [UInt32: UInt16] = [:]
      // The observation after a step is the input of the next one. Before the unroll all of them go to its first row.
      try environment.reset(seed: generator.next(), into: StepOutput(row: row(0, e), caption: caption))
      for step in -Self.stepsBefore..<unrollLength {
        let output = StepOutput(row: row(max(step + 1, 0), e), caption: caption)
        let action = generator.below(actionCount)
        let transition = try environment.step(action, into: output)
        let id = caption.bytes.isEmpty ? 0 : table.intern(caption.bytes, limit: .max)?.id ?? 0
        occurrences[id, default: 0] &+= 1
        if step >= 0 {
          let frame = step * environmentCount + e
          record(action, transition, at: frame, actionCount: actionCount)
          captions[frame] = id
          captionCounts[frame] = occurrences[id, default: 0]
        }
        if transition.done {
          try environment.reset(seed: generator.next(), into: output)
          occurrences = [:]
        }
      }
    }
  }

  private func record(_ action: Int, _ transition: Transition, at frame: Int, actionCount: Int) {
    storage[Step.actions][frame] = Int32(action)
    storage[Step.rewards][frame] = transition.reward
    var flags: StepFlags = transition.done ? .terminated : []
    if transition.succeeded { flags.insert(.succeeded) }
    storage[Step.flags][frame] = flags.rawValue
    storage[Step.logProbabilities][frame] = -logf(Float(actionCount))
  }

  /// The unroll with the rewards of the environment alone, as the train step takes it.
  var trainUnroll: TrainUnroll {
    TrainUnroll(
      unroll(policyVersion: 0), extrinsicRewards: storage[Step.rewards], intrinsicRewards: zeros.pointer)
  }

  /// The unroll as a policy of that version would have collected it.
  func unroll(policyVersion: UInt64) -> Unroll { storage.unroll(policyVersion: policyVersion) }
}
