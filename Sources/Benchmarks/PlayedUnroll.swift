import ActorCritic
import Assembly
import Captions
import Configuration
import Environments
import Glibc
import Runtime
import Tensor
import Trajectories

/// Observations of real episodes under random actions, as one unroll of a group of environments. Networks that read
/// tables are as fast as their inputs allow, so numbers drawn at random would not do.
final class PlayedUnroll {
  let unrollLength: Int
  let environmentCount: Int
  let rowByteCount: Int
  private let observations: UnsafeMutableRawPointer  // [T+1, E, rowByteCount]
  private let actions: UnsafeMutablePointer<Int32>  // [T, E]
  private let rewards: FloatBuffer  // [T, E]
  private let flags: UnsafeMutablePointer<UInt8>  // [T, E]
  private let logProbabilities: FloatBuffer  // [T, E]
  private let zeros: FloatBuffer
  private let captions: UnsafeMutablePointer<UInt32>  // [T, E]
  private let captionCounts: UnsafeMutablePointer<UInt16>  // [T, E]

  /// Steps played before the unroll begins: the first ones of an episode are more alike than later ones.
  private static let stepsBefore = 64

  /// - Parameter table: the captions' ids, shared by unrolls that are measured together; new ones are added.
  /// - Throws: `EnvironmentError` where the world is missing.
  init(
    _ plan: RunPlan, unrollLength: Int, environmentCount: Int, seed: UInt64, captions table: inout CaptionTable
  ) throws {
    let frames = unrollLength * environmentCount
    self.unrollLength = unrollLength
    self.environmentCount = environmentCount
    rowByteCount = plan.specification.observation.rowByteCount
    observations = .allocate(byteCount: (frames + environmentCount) * rowByteCount, alignment: 64)
    observations.initializeMemory(as: UInt8.self, repeating: 0, count: (frames + environmentCount) * rowByteCount)
    actions = .allocate(capacity: frames)
    rewards = FloatBuffer(count: frames)
    flags = .allocate(capacity: frames)
    logProbabilities = FloatBuffer(count: frames)
    zeros = FloatBuffer(count: max(frames * plan.network.valueHeads, environmentCount * plan.network.stateSize))
    captions = .allocate(capacity: frames)
    captions.initialize(repeating: 0, count: frames)
    captionCounts = .allocate(capacity: frames)
    captionCounts.initialize(repeating: 0, count: frames)
    try play(plan, seed: seed, &table)
  }

  deinit {
    observations.deallocate()
    actions.deallocate()
    flags.deallocate()
    captions.deallocate()
    captionCounts.deallocate()
  }

  /// The observation of environment `e` before step `t`.
  func row(_ t: Int, _ e: Int) -> UnsafeMutableRawPointer {
    observations + (t * environmentCount + e) * rowByteCount
  }

  private func play(_ plan: RunPlan, seed: UInt64, _ table: inout CaptionTable) throws {
    var generator = RandomGenerator(seed: seed)
    let caption = CaptionBuffer()
    let actionCount = plan.specification.actionCount
    for e in 0..<environmentCount {
      let environment = try plan.makeEnvironment()
      var occurrences: [UInt32: UInt16] = [:]
      // A step's observation begins the next one: before the unroll all of them go to its first row.
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
    actions[frame] = Int32(action)
    rewards.pointer[frame] = transition.reward
    var flags: StepFlags = transition.done ? .terminated : []
    if transition.succeeded { flags.insert(.succeeded) }
    self.flags[frame] = flags.rawValue
    logProbabilities.pointer[frame] = -logf(Float(actionCount))
  }

  /// The unroll as it is trained from, with the world's rewards alone.
  var trainUnroll: TrainUnroll {
    TrainUnroll(unroll, extrinsicRewards: rewards.pointer, intrinsicRewards: zeros.pointer)
  }

  /// The unroll as it came.
  var unroll: Unroll {
    Unroll(
      owner: self, unrollLength: unrollLength, environmentCount: environmentCount, policyVersion: 0,
      observations: observations, actions: actions, rewards: rewards.pointer, flags: flags,
      behaviourLogProbabilities: logProbabilities.pointer, behaviourValues: zeros.pointer,
      truncationValues: zeros.pointer, initialState: zeros.pointer, captions: captions, captionCounts: captionCounts)
  }
}
