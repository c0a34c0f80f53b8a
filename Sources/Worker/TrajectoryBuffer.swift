import ActorCritic
import Environments
import Tensor
import Transport
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

  /// The tensors of a trajectory: the first ten of `TensorName`, in that order.
  var tensors: [(name: TensorName, type: ScalarType, shape: [Int])] {
    let (t, e, v) = (unrollLength, environmentCount, valueHeads)
    return [
      (.observations, .uint8, [t + 1, e, rowByteCount]), (.actions, .int32, [t, e]), (.rewards, .float32, [t, e]),
      (.flags, .uint8, [t, e]), (.logProbabilities, .float32, [t, e]), (.captions, .int32, [t, e]),
      (.captionCounts, .int16, [t, e]), (.values, .float32, [t, e, v]), (.truncationValues, .float32, [t, e, v]),
      (.initialState, .float32, [e, stateSize]),
    ]
  }
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

  /// All of the tensors, laid out as they are sent.
  private let memory: UnsafeMutableRawPointer
  private let layout: TensorLayout

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
    let layout = TensorLayout(shape.tensors.map { $0.shape.reduce($0.type.byteCount, *) })
    let memory = UnsafeMutableRawPointer.allocate(byteCount: layout.byteCount, alignment: 64)
    // Environments write fields, not the padding between them, and what this memory held before is not to be sent.
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: layout.byteCount)
    func start<Element>(_ name: TensorName) -> UnsafeMutablePointer<Element> {
      (memory + layout.places[Int(name.rawValue) - 1].offset).assumingMemoryBound(to: Element.self)
    }
    self.layout = layout
    self.memory = memory
    observations = memory
    actions = start(.actions)
    rewards = start(.rewards)
    flags = start(.flags)
    logProbabilities = start(.logProbabilities)
    captions = start(.captions)
    captionCounts = start(.captionCounts)
    values = start(.values)
    truncationValues = start(.truncationValues)
    initialState = start(.initialState)
  }

  deinit { memory.deallocate() }

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

  /// The tensors in the schema's order: parts of one frame over this buffer's memory.
  public func tensorFrames() -> [TensorFrame] {
    let whole = Frame(owner: self, pointer: memory, count: layout.byteCount)
    return zip(shape.tensors, layout.places).map { tensor, place in
      TensorFrame(tensor.name, tensor.type, tensor.shape, whole.part(place.offset, place.byteCount))
    }
  }
}
