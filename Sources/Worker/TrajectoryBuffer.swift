import ActorCritic
import Environments
import Tensor
import Wire

/// The shapes every trajectory of a run shares.
public struct TrajectoryShape: Sendable, Hashable {
  /// Unroll length T.
  public let unrollLength: Int
  /// Environments of a group, E.
  public let environmentCount: Int
  /// Bytes of one observation row.
  public let rowByteCount: Int
  /// Floats of recurrent state an environment carries, S.
  public let stateSize: Int
  /// Value heads, V.
  public let valueHeads: Int

  public init(unrollLength: Int, environmentCount: Int, rowByteCount: Int, stateSize: Int, valueHeads: Int) {
    self.unrollLength = unrollLength
    self.environmentCount = environmentCount
    self.rowByteCount = rowByteCount
    self.stateSize = stateSize
    self.valueHeads = valueHeads
  }

  /// Environment steps in one trajectory, T x E.
  public var frames: Int { unrollLength * environmentCount }
}

/// The memory of one unroll: filled by one rollout thread, then handed over and not written again until everybody else
/// has let go of it (`TrajectoryPool`), which is what makes sending it without a copy sound.
public final class TrajectoryBuffer: @unchecked Sendable {
  public let shape: TrajectoryShape
  /// Version of the policy that acted, the same for every step of the unroll.
  public var policyVersion: UInt64 = 0
  /// Which group of the worker collected it.
  public let group: Int
  /// Episodes that ended during the unroll.
  public var episodes: [FinishedEpisode] = []
  /// Environments that failed and were replaced, one line each for the log.
  public var failures: [String] = []
  /// What the unroll took: two looks at the clock a step tell the environments from the network.
  public var times = RolloutTimes()

  let observations: UnsafeMutableRawPointer  // [T+1, E, rowByteCount]
  let actions: UnsafeMutablePointer<Int32>  // [T, E]
  let rewards: UnsafeMutablePointer<Float>  // [T, E]
  let flags: UnsafeMutablePointer<UInt8>  // [T, E]
  let logProbabilities: UnsafeMutablePointer<Float>  // [T, E]
  let captions: UnsafeMutablePointer<UInt32>  // [T, E], ids of this worker's table
  let captionCounts: UnsafeMutablePointer<UInt16>  // [T, E]
  let values: UnsafeMutablePointer<Float>  // [T, E, V], of the behaviour policy
  let truncationValues: UnsafeMutablePointer<Float>  // [T, E, V]
  let initialState: UnsafeMutablePointer<Float>  // [E, S]

  public init(shape: TrajectoryShape, group: Int) {
    self.shape = shape
    self.group = group
    let frames = shape.frames
    let observationBytes = max(8, (shape.unrollLength + 1) * shape.environmentCount * shape.rowByteCount)
    observations = .allocate(byteCount: observationBytes, alignment: 64)
    // Environments write fields, not the padding between them, and what this memory held before is not to be sent.
    observations.initializeMemory(as: UInt8.self, repeating: 0, count: observationBytes)
    actions = .allocate(capacity: frames)
    rewards = .allocate(capacity: frames)
    flags = .allocate(capacity: frames)
    logProbabilities = .allocate(capacity: frames)
    captions = .allocate(capacity: frames)
    captionCounts = .allocate(capacity: frames)
    values = .allocate(capacity: frames * shape.valueHeads)
    truncationValues = .allocate(capacity: frames * shape.valueHeads)
    truncationValues.initialize(repeating: 0, count: frames * shape.valueHeads)
    initialState = .allocate(capacity: max(1, shape.environmentCount * shape.stateSize))
  }

  deinit {
    observations.deallocate()
    actions.deallocate()
    rewards.deallocate()
    flags.deallocate()
    logProbabilities.deallocate()
    captions.deallocate()
    captionCounts.deallocate()
    values.deallocate()
    truncationValues.deallocate()
    initialState.deallocate()
  }

  /// Makes the buffer ready for another unroll. What every unroll writes in full is left as it is.
  func clear() {
    episodes.removeAll(keepingCapacity: true)
    failures.removeAll(keepingCapacity: true)
    times = RolloutTimes()
    truncationValues.update(repeating: 0, count: shape.frames * shape.valueHeads)
  }

  /// The observation of environment `e` before step `t` (t = T: after the last step).
  func row(_ t: Int, _ e: Int) -> UnsafeMutableRawPointer {
    observations + (t * shape.environmentCount + e) * shape.rowByteCount
  }
}
