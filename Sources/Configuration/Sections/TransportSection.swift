/// `[transport]`: the learner's one port and how silence is judged.
public struct TransportSection: Sendable, Hashable {
  /// HOST:PORT the learner binds; port 0 = any free one.
  public var listen = "127.0.0.1:0"
  public var heartbeatSeconds = 1.0
  /// Missed heartbeats before a peer is gone.
  public var liveness = 3
  public var maximumMessageMegabytes = 64

  public init() {}
}
