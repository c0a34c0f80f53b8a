import Environments
import Tensor
import Transport
import Wire

/// Sends trajectories: it numbers them, and puts each new caption's text into the first trajectory that may use it. The
/// I/O thread uses it, so that compression takes no time of the rollout threads.
final class TrajectoryUploader {
  private let captions: CaptionInterner
  private let compressor: TensorCompressor?
  private var captionsSent = 0
  private var sequence: UInt64 = 0
  /// Bytes sent, over all sessions.
  private(set) var traffic = TrajectoryTraffic()

  /// - Parameter compresses: whether the tensors travel compressed.
  init(captions: CaptionInterner, compresses: Bool) {
    self.captions = captions
    compressor = compresses ? TensorCompressor() : nil
  }

  /// Restarts the numbering: the learner has forgotten earlier sessions.
  func beginSession() {
    captionsSent = 0
    sequence = 0
  }

  /// Hands the buffer to the socket, without copying it if it is not compressed.
  /// - Returns: false if it could not be sent.
  func send(_ buffer: TrajectoryBuffer, over link: LearnerLink) -> Bool {
    // The table only grows, so every id in the buffer is in these texts or in those of earlier messages.
    let texts = captions.texts(from: captionsSent + 1, limit: link.limits.maximumCaptionsPerMessage)
    let header = Trajectory(
      sequence: sequence + 1, group: UInt32(buffer.group), policyVersion: buffer.policyVersion,
      unrollLength: buffer.shape.unrollLength, environments: buffer.shape.environmentCount,
      firstCaption: UInt32(captionsSent + 1), captions: texts, episodes: buffer.episodes)
    var tensors = buffer.tensorFrames()
    if let compressor { tensors = tensors.map(compressor.compress) }
    guard link.send(.trajectory(header), tensors: tensors) else { return false }
    traffic.add(frames: buffer.shape.frameCount, tensors)
    sequence += 1
    captionsSent += texts.count
    return true
  }
}
