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
  public var peers: [Peer]

  /// One line about the run and one for each peer.
  public var table: String {
    var lines = [
      "run \(run): \(task), \(steps)/\(totalSteps) steps, \(Int(stepsPerSecond)) SPS, policy version \(policyVersion)",
      "frames: received \(received), trained \(steps), discarded \(discarded), queued \(queueDepth)",
      "captions: seen \(captionsSeen), labelled \(captionsLabelled), abstained \(captionsAbstained), in flight \(captionsInFlight)",
      Self.row("ROLE", "NAME", "HOST", "SPS", "STEPS", "SILENT"),
    ]
    lines += peers.map {
      Self.row($0.role, $0.name, $0.host, "\(Int($0.stepsPerSecond))", "\($0.steps)", "\(Int($0.silentSeconds)) s")
    }
    return lines.joined(separator: "\n")
  }

  private static func row(_ columns: String...) -> String {
    zip(columns, [10, 12, 20, 8, 12, 8]).map { text, width in
      text + String(repeating: " ", count: max(1, width - text.count))
    }.joined()
  }
}
