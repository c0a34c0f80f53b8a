import Environments
import Tensor
import Transport
import Wire

/// Sends trajectories: numbers them, and puts each new caption's text into the first that may use it. Used by the I/O
/// thread, so that compressing costs the rollout threads nothing.
final class TrajectoryUploader {
  private let captions: CaptionInterner
  private let compressor: TensorCompressor?
  private var captionsSent = 0
  private var sequence: UInt64 = 0
  /// What was sent, over all sessions.
  private(set) var traffic = TrajectoryTraffic()

  /// - Parameter compresses: whether the tensors travel compressed.
  init(captions: CaptionInterner, compresses: Bool) {
    self.captions = captions
    compressor = compresses ? TensorCompressor() : nil
  }

  /// Starts counting anew: the learner knows nothing of earlier sessions.
  func beginSession() {
    captionsSent = 0
    sequence = 0
  }

  /// Hands the buffer to the socket, without copying it if it is not compressed.
  /// - Returns: false if it could not be sent.
  func send(_ buffer: TrajectoryBuffer, over link: LearnerLink) -> Bool {
    // The table only grows, so every id in the buffer is below its count now, or among the texts sent before.
    let texts = captions.texts(from: captionsSent + 1, limit: WireLimits().maximumCaptionsPerMessage)
    let header = Trajectory(
      sequence: sequence + 1, group: UInt32(buffer.group), policyVersion: buffer.policyVersion,
      unrollLength: buffer.shape.unrollLength, environments: buffer.shape.environmentCount,
      firstCaption: UInt32(captionsSent + 1), captions: texts, episodes: buffer.episodes)
    var tensors = buffer.tensorFrames()
    if let compressor { tensors = tensors.map(compressor.compress) }
    guard link.send(.trajectory(header), tensors: tensors) else { return false }
    traffic.add(frames: buffer.shape.frames, tensors)
    sequence += 1
    captionsSent += texts.count
    return true
  }
}

extension TrajectoryBuffer {
  /// The tensors of a trajectory in the schema's order, each a frame over this buffer's memory.
  func tensorFrames() -> [TensorFrame] {
    let (t, e) = (shape.unrollLength, shape.environmentCount)
    func frame<Element>(
      _ name: TensorName, _ type: ScalarType, _ dims: [Int], _ pointer: UnsafeMutablePointer<Element>
    ) -> TensorFrame {
      let bytes = dims.reduce(type.byteCount, *)
      return TensorFrame(name, type, dims, Frame(owner: self, pointer: UnsafeRawPointer(pointer), count: bytes))
    }
    return [
      frame(
        .observations, .uint8, [t + 1, e, shape.rowByteCount], observations.assumingMemoryBound(to: UInt8.self)),
      frame(.actions, .int32, [t, e], actions),
      frame(.rewards, .float32, [t, e], rewards),
      frame(.flags, .uint8, [t, e], flags),
      frame(.logProbabilities, .float32, [t, e], logProbabilities),
      frame(.captions, .int32, [t, e], captions),
      frame(.captionCounts, .int16, [t, e], captionCounts),
      frame(.values, .float32, [t, e, shape.valueHeads], values),
      frame(.truncationValues, .float32, [t, e, shape.valueHeads], truncationValues),
      frame(.initialState, .float32, [e, shape.stateSize], initialState),
    ]
  }
}
