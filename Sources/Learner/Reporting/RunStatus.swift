import Foundation
import Wire

/// What a learner answers to `tengu status`.
public struct RunStatus: Codable, Sendable {
  /// One connected worker or annotator.
  public struct Peer: Codable, Sendable {
    public var role: String
    public var name: String
    public var host: String
    public var stepsPerSecond: Double
    public var steps: UInt64
    /// Seconds since it was last heard.
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
  }

  public var run: String
  public var task: String
  public var steps: Int
  public var totalSteps: Int
  public var stepsPerSecond: Double
  public var policyVersion: UInt64
  public var queueDepth: Int
  public var received: Int
  public var discarded: Int
  public var captionsSeen: Int
  public var captionsLabelled: Int
  public var captionsAbstained: Int
  public var captionsInFlight: Int
  /// Bytes of the trajectories' messages per frame, and how many times larger they would have been uncompressed. Nil
  /// before this learner received one.
  public var bytesPerFrame: Double?
  public var compressionRatio: Double?
  /// Between the latest two log lines; nil before the first.
  public var trainer: TrainerShares?
  public var peers: [Peer]

  /// One line about the run and one for each peer.
  public var table: String {
    var lines = [
      "run \(run): \(task), \(steps)/\(totalSteps) steps, \(Int(stepsPerSecond)) SPS, policy version \(policyVersion)",
      "frames: received \(received), trained \(steps), discarded \(discarded), queued \(queueDepth)",
      "captions: seen \(captionsSeen), labelled \(captionsLabelled), abstained \(captionsAbstained), in flight \(captionsInFlight)",
    ]
    if let trainer {
      lines.append(
        "trainer: waits \(Self.percent(trainer.wait)), rewards \(Self.percent(trainer.rewards)), "
          + "train step \(Self.percent(trainer.train)), publishing \(Self.percent(trainer.publish))")
    }
    if let bytesPerFrame, let compressionRatio {
      let (bytes, ratio) = (String(format: "%.1f", bytesPerFrame), String(format: "%.1f", compressionRatio))
      lines.append("wire: \(bytes) bytes a frame, compressed \(ratio) times")
    }
    lines.append(Self.row("ROLE", "NAME", "HOST", "SPS", "STEPS", "SILENT", "ENV", "NET", "OTHER", "WAIT"))
    lines += peers.map {
      let total = $0.times.total
      let shares = [$0.times.environment, $0.times.inference, $0.times.other, $0.times.wait].map {
        total > 0 ? Self.percent($0 / total) : "-"
      }
      return Self.row(
        [$0.role, $0.name, $0.host, "\(Int($0.stepsPerSecond))", "\($0.steps)", "\(Int($0.silentSeconds)) s"] + shares)
    }
    return lines.joined(separator: "\n")
  }

  private static func percent(_ share: Double) -> String { "\(Int((100 * share).rounded()))%" }

  private static func row(_ columns: String...) -> String { row(columns) }

  private static func row(_ columns: [String]) -> String {
    zip(columns, [10, 12, 20, 8, 12, 8, 6, 6, 6, 6]).map { text, width in
      text + String(repeating: " ", count: max(1, width - text.count))
    }.joined()
  }
}
