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
