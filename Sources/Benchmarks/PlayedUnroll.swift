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

  /// Steps played before the unroll begins. The first observations of an episode are more alike than later ones.
  private static let stepsBefore = 64

  /// - Parameter table: assigns caption ids. Unrolls that are measured together share it; new captions are added.
  /// - Throws: `EnvironmentError` if the environment cannot be created.
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
    actions[frame] = Int32(action)
    rewards.pointer[frame] = transition.reward
    var flags: StepFlags = transition.done ? .terminated : []
    if transition.succeeded { flags.insert(.succeeded) }
    self.flags[frame] = flags.rawValue
    logProbabilities.pointer[frame] = -logf(Float(actionCount))
  }

  /// The unroll with the rewards of the environment alone, as the train step takes it.
  var trainUnroll: TrainUnroll {
    TrainUnroll(unroll, extrinsicRewards: rewards.pointer, intrinsicRewards: zeros.pointer)
  }

  /// The unroll as the learner receives it.
  var unroll: Unroll {
    Unroll(
      owner: self, unrollLength: unrollLength, environmentCount: environmentCount, policyVersion: 0,
      observations: observations, actions: actions, rewards: rewards.pointer, flags: flags,
      behaviourLogProbabilities: logProbabilities.pointer, behaviourValues: zeros.pointer,
      truncationValues: zeros.pointer, initialState: zeros.pointer, captions: captions, captionCounts: captionCounts)
  }
}
