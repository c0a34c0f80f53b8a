import Foundation
import Runtime
import Sessions
import Wire

/// The learner's answer to `tengu status`.
public struct RunStatus: Codable, Sendable {
  /// One connected worker or annotator.
  public struct Peer: Codable, Sendable {
    public var role: String
    public var name: String
    /// The host that the peer says it is on, and the numeric address that it connects from.
    public var host: String
    public var address: String
    /// The name of the peer's key; nil without keys.
    public var key: String?
    public var stepsPerSecond: Double
    public var steps: UInt64
    /// Environments that failed and were made again.
    public var environmentErrors: UInt64
    /// Unrolls that the worker discarded instead of sending them.
    public var discardedTrajectories: UInt64
    /// Distinct captions in the worker's table.
    public var captions: UInt32
    /// Rollout threads that a worker says it has; those of a relay are its workers'. nil for others.
    public var threads: Int?
    /// Seconds since the learner last heard from the peer.
    public var silentSeconds: Double
    /// How the peer's rollout threads spent the time between its latest two heartbeats, in seconds.
    public var times: RolloutTimes
  }

  /// How the trainer spent its time, in shares of it.
  public struct TrainerShares: Codable, Sendable {
    public var wait: Double
    public var rewards: Double
    public var train: Double
    public var publish: Double

    /// - Precondition: `times.total` > 0.
    init(_ times: UpdateTimes) {
      wait = times.wait / times.total
      rewards = times.rewards / times.total
      train = times.train / times.total
      publish = times.publish / times.total
    }
  }

  public var run: String
  public var task: String
  /// Environment steps since the run began: received from workers, trained on, discarded, and waiting for the trainer.
  public var stepsPlayed: Int
  public var stepsTrained: Int
  public var stepsDiscarded: Int
  public var stepsQueued: Int
  /// Trained steps after which the run is complete.
  public var totalSteps: Int
  /// Trained steps per second (SPS).
  public var stepsPerSecond: Double
  public var policyVersion: UInt64
  public var skippedUpdates: Int
  public var captionsSeen: Int
  public var captionsLabelled: Int
  public var captionsAbstained: Int
  public var captionsInFlight: Int
  public var captionsOverflowed: Int
  public var peersRefused: Int
  public var peersBanned: Int
  /// Bytes of the trajectories' messages per environment step; nil before this learner received one.
  public var bytesPerFrame: Double?
  /// Bytes that the same messages would take uncompressed, over those that they took.
  public var compressionRatio: Double?
  /// The trainer's time between the latest two log lines; nil before the first.
  public var trainer: TrainerShares?
  public var peers: [Peer]
  /// Curves, phases, labels and events; nil from a learner of an earlier version.
  public var view: RunView?

  /// JSON with sorted keys.
  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  /// A few lines about the run and one for each peer.
  public var table: String {
    var lines = [
      "run \(run.printable): \(task.printable), \(stepsTrained)/\(totalSteps) steps, \(Self.whole(stepsPerSecond)) SPS, "
        + "policy version \(policyVersion)",
      "steps: played \(stepsPlayed), trained \(stepsTrained), discarded \(stepsDiscarded), queued \(stepsQueued)",
      "captions: seen \(captionsSeen), labelled \(captionsLabelled), abstained \(captionsAbstained), "
        + "in flight \(captionsInFlight)",
    ]
    let troubles = [
      ("skipped updates", skippedUpdates), ("overflowed captions", captionsOverflowed),
      ("refused messages", peersRefused), ("banned connections", peersBanned),
    ].filter { $0.1 > 0 }
    if !troubles.isEmpty { lines.append("troubles: " + troubles.map { "\($0.0) \($0.1)" }.joined(separator: ", ")) }
    if let trainer {
      lines.append(
        "trainer: waits \(RunPhases.percent(trainer.wait)), rewards \(RunPhases.percent(trainer.rewards)), "
          + "train step \(RunPhases.percent(trainer.train)), publishing \(RunPhases.percent(trainer.publish))")
    }
    if let bytesPerFrame, let compressionRatio {
      lines.append(
        "wire: \(Self.tenths(bytesPerFrame)) bytes a frame, compressed \(Self.tenths(compressionRatio)) times")
    }
    if let evaluation = view?.evaluation { lines.append(evaluation.line) }
    lines.append(TextTable([Self.header] + peers.map(\.cells), textColumns: [0, 1, 2]).plain)
    return lines.joined(separator: "\n")
  }

  private static let header = [
    "ROLE", "NAME", "HOST", "SPS", "STEPS", "SILENT", "ERRORS", "LOST", "ENV", "NET", "OTHER", "WAIT",
  ]

  /// Largest number that the table shows. The status comes from a learner that may say anything, and a number of 300
  /// digits is no use in a table.
  private static let maximumShown = 1e15

  /// A number without its fraction; "-" for one that no run has.
  static func whole(_ number: Double) -> String {
    abs(number) <= maximumShown ? "\(Int(saturating: number))" : "-"
  }

  /// A number with one decimal; "-" for one that no run has.
  private static func tenths(_ number: Double) -> String {
    abs(number) <= maximumShown ? String(format: "%.1f", number) : "-"
  }
}

extension RunStatus.Peer {
  init(_ session: PeerSession, now: Double) {
    let heartbeat = session.latestHeartbeat
    self.init(
      role: "\(session.role)", name: session.name, host: session.host, address: session.address, key: session.key?.name,
      stepsPerSecond: heartbeat?.stepsPerSecond ?? 0, steps: heartbeat?.steps ?? 0,
      environmentErrors: heartbeat?.environmentErrors ?? 0,
      discardedTrajectories: heartbeat?.discardedTrajectories ?? 0, captions: heartbeat?.captions ?? 0,
      threads: session.role == .worker ? session.threads : nil,
      silentSeconds: session.silentSeconds(now: now), times: session.recentWork.times)
  }

  /// One row of the table.
  fileprivate var cells: [String] {
    let shares = [times.environment, times.inference, times.other + times.pack + times.send, times.wait].map {
      times.total > 0 ? RunPhases.percent($0 / times.total) : "-"
    }
    return [
      role, name, host, RunStatus.whole(stepsPerSecond), "\(steps)", "\(RunStatus.whole(silentSeconds)) s",
      "\(environmentErrors)",
      "\(discardedTrajectories)",
    ] + shares
  }
}
