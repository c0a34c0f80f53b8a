import Glibc

/// What connections of a listening socket may take before and after the application has admitted them. Everybody who can reach the
/// port can use all of it, so every number bounds memory, descriptors or time.
public struct ConnectionLimits: Sendable, Hashable {
  /// Connections at a time. Each takes two descriptors; libzmq accepts them all, so the table cuts further ones.
  public var connections = min(1_536, max(16, (DescriptorLimit.raised - 128) / 2))
  /// Connections that were not admitted yet. Beyond it the oldest one of the address that has the most is cut: an honest
  /// peer is admitted within milliseconds, so a flood meets itself.
  public var newcomers = 256
  /// Seconds until a newcomer is cut. An honest peer says Hello as soon as it is connected.
  public var newcomerSeconds = 10.0
  /// Bytes of a newcomer, its handshake included. A Hello takes less than 1 KiB.
  public var newcomerBytes = 64 << 10
  /// New connections of one address a second, on average. Each costs libzmq's thread a handshake.
  public var arrivalsPerSecond = 64.0
  /// New connections of one address that may come at once: a machine's workers, all started together.
  public var arrivalsAtOnce = 256
  /// Bytes of all connections that arrived and that no complete message has taken, at most. Tiny frames of an endless
  /// message take up to 64 bytes of memory for 3 bytes on the wire.
  public var pendingBytes = 1 << 30

  public init() {}
}

/// The number of descriptors that this process may have.
private enum DescriptorLimit {
  /// The limit after it was raised as far as the system allows.
  static let raised: Int = {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1_024 }
    if limit.rlim_cur < limit.rlim_max {
      var most = limit
      most.rlim_cur = limit.rlim_max
      if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &most) == 0 { limit = most }
    }
    return Int(clamping: limit.rlim_cur)
  }()
}

/// Seconds between a refusal and the end of its connection, so that the refusal arrives.
let dismissalSeconds = 1.0
