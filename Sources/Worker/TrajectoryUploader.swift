import Captions
import Environments
import Runtime
import Synchronization
import Tensor
import Transport
import Wire

/// Sends trajectories: it numbers them, and puts each new caption's text into the first trajectory that uses it. The I/O
/// thread uses it, so that compression takes no time of the rollout threads.
final class TrajectoryUploader {
  private let captions: CaptionInterner
  private let compressor: TensorCompressor?
  private var told = SessionCaptions()
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
    told.beginSession()
    sequence = 0
  }

  /// Hands the buffer to the socket, without copying it if it is not compressed.
  /// - Returns: false if it could not be sent.
  func send(_ buffer: TrajectoryBuffer, over link: LearnerLink) -> Bool {
    let began = MonotonicClock.seconds
    var (tensors, texts) = told.renumber(buffer.tensorFrames(), limits: link.limits, text: captions.text(of:))
    let header = Trajectory(
      sequence: sequence + 1, group: UInt32(buffer.group), policyVersion: buffer.policyVersion,
      lastPolicyVersion: buffer.lastPolicyVersion, unrollLength: buffer.shape.unrollLength,
      environments: buffer.shape.environmentCount,
      firstCaption: told.first, captions: texts, episodes: buffer.episodes,
      facts: buffer.facts, unit: buffer.unit)
    if let compressor { tensors = tensors.map(compressor.compress) }
    let packed = MonotonicClock.seconds
    let isSent = link.send(.trajectory(header), tensors: tensors)
    times.pack += packed - began
    times.send += MonotonicClock.seconds - packed
    guard isSent else {
      told.kept()
      return false
    }
    told.sent()
    traffic.add(frames: buffer.shape.frameCount, tensors)
    sequence += 1
    return true
  }

  /// Why captions count as none, for the log; nil if all of them count. It is constant once it has a value.
  var loss: String? {
    if captions.overflowed > 0 {
      return "this worker has met \(captions.count) captions, the most that it keeps: new ones count as no caption "
        + "until it is started again"
    }
    guard told.leftOut > 0 else { return nil }
    return "an unroll shows more new captions than a message can carry: some count as no caption; lower "
      + "learner.unroll_length or worker.environments_per_group"
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

  /// The text of a caption that has the id.
  public func text(of id: UInt32) -> [UInt8] {
    state.withLock { state in state.table.withBytes(of: id) { Array($0) } }
  }
}
