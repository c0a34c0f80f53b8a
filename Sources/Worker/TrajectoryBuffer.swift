import Tensor
import Trajectories
import Transport
import Wire

/// One unroll that a rollout thread fills and hands over. It is not written again until every reader has released it
/// (`TrajectoryPool`), so it can be sent without a copy.
public final class TrajectoryBuffer: @unchecked Sendable {
  /// The tensors.
  public let storage: UnrollStorage
  /// Version of the policy that acted in the first step.
  public var policyVersion: UInt64 = 0
  /// Version of the policy that acted in the last step; newer if a newer policy arrived in between.
  public var lastPolicyVersion: UInt64 = 0
  /// Number of the worker's group that collected it.
  public let group: Int
  /// Episodes that ended during the unroll.
  public var episodes: [FinishedEpisode] = []
  /// What those episodes report about themselves.
  public var facts = FactSums()
  /// One line for the log for each environment that failed and was replaced.
  public var failures: [String] = []
  /// The unit of a text run that the unroll was written for; 0 for none.
  public var unit: UInt64 = 0
  /// How the rollout thread spent its time on the unroll.
  public var times = RolloutTimes()

  // The tensors that every rollout writes, resolved once.
  let observations: UnsafeMutableRawPointer  // [T+1, E, rowByteCount]
  let actions: UnsafeMutablePointer<Int32>  // [T, E, A]; in a continuous space the bytes are floats
  /// A.
  private let actionElements: Int
  let rewards: UnsafeMutablePointer<Float>  // [T, E]
  let flags: UnsafeMutablePointer<UInt8>  // [T, E]
  let logProbabilities: UnsafeMutablePointer<Float>  // [T, E]
  let captions: UnsafeMutablePointer<UInt32>  // [T, E], ids of this worker's table
  let captionCounts: UnsafeMutablePointer<UInt16>  // [T, E]
  let values: UnsafeMutablePointer<Float>  // [T, E, V]
  let truncationValues: UnsafeMutablePointer<Float>  // [T, E, V]
  let initialState: UnsafeMutablePointer<Float>  // [E, S]

  public init(shape: UnrollShape, group: Int) {
    storage = UnrollStorage(shape)
    self.group = group
    observations = UnsafeMutableRawPointer(storage[Step.observations])
    actions = storage[Step.actions]
    actionElements = shape.actionElementCount
    rewards = storage[Step.rewards]
    flags = storage[Step.flags]
    logProbabilities = storage[Step.logProbabilities]
    captions = storage[Step.captions]
    captionCounts = storage[Step.captionCounts]
    values = storage[Step.values]
    truncationValues = storage[Step.truncationValues]
    initialState = storage[Step.initialState]
  }

  public var shape: UnrollShape { storage.shape }

  /// Prepares the buffer for another unroll. Tensors that every unroll writes in full keep their content.
  func clear() {
    episodes.removeAll(keepingCapacity: true)
    facts.removeAll()
    failures.removeAll(keepingCapacity: true)
    times = RolloutTimes()
    storage.clearSparse()
  }

  /// The observation of environment `e` before step `t` (t = T: after the last step).
  func row(_ t: Int, _ e: Int) -> UnsafeMutableRawPointer {
    observations + (t * shape.environmentCount + e) * shape.rowByteCount
  }

  /// The action of a frame, t * E + e.
  func action(_ frame: Int) -> UnsafeMutableRawPointer { UnsafeMutableRawPointer(actions + frame * actionElements) }

  /// The tensors in the schema's order, as parts of one frame over this buffer's memory.
  public func tensorFrames() -> [TensorFrame] {
    let whole = Frame(owner: self, pointer: storage.start, count: storage.layout.byteCount)
    return zip(shape.schema.tensors, storage.layout.places).map { tensor, place in
      TensorFrame(
        TensorName(tensor), tensor.type, shape.dimensions(of: tensor), whole.part(place.offset, place.byteCount))
    }
  }
}

/// The buffers of one group. A buffer is filled again when neither libzmq, which sends from it, nor a learner in the same
/// process, which trains from it, holds it any longer.
///
/// The pool grows to the number of buffers in use at the same time, which credits bound; after that an unroll allocates
/// nothing. Used by one thread at a time.
struct TrajectoryPool {
  private var buffers: [TrajectoryBuffer] = []
  private let shape: UnrollShape
  private let group: Int

  init(shape: UnrollShape, group: Int) {
    self.shape = shape
    self.group = group
  }

  /// Buffers made so far.
  var count: Int { buffers.count }

  /// A buffer that has no other owner.
  mutating func take() -> TrajectoryBuffer {
    // The last owner released the buffer after its last read, so later writes are invisible to it.
    for index in buffers.indices where isKnownUniquelyReferenced(&buffers[index]) {
      buffers[index].clear()
      return buffers[index]
    }
    let buffer = TrajectoryBuffer(shape: shape, group: group)
    buffers.append(buffer)
    return buffer
  }
}
