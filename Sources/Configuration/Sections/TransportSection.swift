/// `[transport]`: the learner's one port and how silence is judged.
public struct TransportSection: Sendable, Hashable {
  /// How trajectories travel.
  public enum Compression: String, Sendable, CaseIterable {
    /// Compressed by workers whose learner is on another machine.
    case auto
    case none, zstd

    /// Whether a worker compresses for a learner at an address that is on its own machine or not.
    public func applies(onLoopback: Bool) -> Bool { self == .zstd || self == .auto && !onLoopback }
  }

  /// HOST:PORT the learner binds; port 0 = any free one.
  public var listen = "127.0.0.1:0"
  public var heartbeatSeconds = 1.0
  /// Missed heartbeats before a peer is gone.
  public var liveness = 3
  public var maximumMessageMegabytes = 64

  /// Whether workers compress their trajectories.
  public var compression = Compression.auto

  public init() {}
}
