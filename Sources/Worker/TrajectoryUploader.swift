import Captions
import Environments
import Runtime
import Synchronization
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
  /// Time that `takeTimes` has not returned yet.
  private var times = RolloutTimes()

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
    let began = MonotonicClock.seconds
    // The table only grows, so every id in the buffer is in these texts or in those of earlier messages.
    let texts = captions.texts(from: captionsSent + 1, limit: link.limits.maximumCaptionsPerMessage)
    let header = Trajectory(
      sequence: sequence + 1, group: UInt32(buffer.group), policyVersion: buffer.policyVersion,
      lastPolicyVersion: buffer.lastPolicyVersion, unrollLength: buffer.shape.unrollLength,
      environments: buffer.shape.environmentCount,
      firstCaption: UInt32(captionsSent + 1), captions: texts, episodes: buffer.episodes,
      facts: buffer.facts, unit: buffer.unit)
    var tensors = buffer.tensorFrames()
    if let compressor { tensors = tensors.map(compressor.compress) }
    let packed = MonotonicClock.seconds
    let isSent = link.send(.trajectory(header), tensors: tensors)
    times.pack += packed - began
    times.send += MonotonicClock.seconds - packed
    guard isSent else { return false }
    traffic.add(frames: buffer.shape.frameCount, tensors)
    sequence += 1
    captionsSent += texts.count
    return true
  }

  /// The time spent on packing and sending since the last call.
  func takeTimes() -> RolloutTimes {
    defer { times = RolloutTimes() }
    return times
  }
}

/// This worker's caption table, shared by its rollout threads: a caption's text becomes a small integer at the step that
/// shows it, and travels once, with the first trajectory after that.
public final class CaptionInterner: Sendable {
  private struct State {
    var table = CaptionTable()
    var overflowed = 0
  }

  private let state = Mutex(State())
  private let limit: Int

  /// - Parameter maximumCaptions: distinct captions. Further ones count as no caption, and `overflowed` counts them.
  public init(maximumCaptions: Int) { limit = maximumCaptions }

  /// The caption's id in this worker, from 1; 0 for an empty caption and for one that the full table does not have.
  public func intern(_ caption: UnsafeBufferPointer<UInt8>) -> UInt32 {
    guard caption.count > 0 else { return 0 }
    return state.withLock { state in
      if let id = state.table.intern(caption, limit: limit)?.id { return id }
      state.overflowed += 1
      return 0
    }
  }

  /// Distinct captions so far, which have the ids 1 ... count.
  public var count: Int { state.withLock { $0.table.count } }

  /// Sightings of captions that the full table does not have.
  public var overflowed: Int { state.withLock { $0.overflowed } }

  /// The texts of at most `limit` captions, from id `first` on.
  public func texts(from first: Int, limit: Int) -> [[UInt8]] {
    state.withLock { state in
      let end = min(state.table.count, first - 1 + limit)
      return first > end ? [] : (first...end).map { state.table.withBytes(of: UInt32($0)) { Array($0) } }
    }
  }
}
