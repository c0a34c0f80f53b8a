/// How much a socket buffers and how it notices a dead connection. The defaults suit trajectories: few and large.
public struct SocketOptions: Sendable, Hashable {
  /// How long a closed socket goes on sending what it was given.
  public var lingerMilliseconds = 500
  /// A larger frame cuts the connection it comes from.
  public var maximumFrameBytes = 64 << 20
  /// Messages queued for one peer before `send` answers `.full`.
  public var sendHighWaterMark = 64
  /// Messages of one peer queued here before its connection is no longer read.
  public var receiveHighWaterMark = 64
  /// Whether a connecting socket queues messages only for finished connections (otherwise they can wait for ever).
  public var onlyFinishedConnections = true
  /// Interval of libzmq's own pings, which find half-open connections. 0 = none.
  public var pingMilliseconds = 2_000
  /// A connection that answers no ping for this long is closed.
  public var pingTimeoutMilliseconds = 10_000
  /// Pause before libzmq tries a lost connection again.
  public var reconnectMilliseconds = 250
  /// Pauses double up to this.
  public var reconnectMaximumMilliseconds = 4_000
  /// A connection that has not finished its handshake by then is closed.
  public var handshakeMilliseconds = 10_000

  public init() {}
}

/// Who may connect to a listening socket.
public enum ListenSecurity {
  /// Whoever runs on this machine: loopback addresses and inproc only, not encrypted.
  case loopback
  /// Owners of a key that `Authenticator` allows; encrypted. The authenticator is part of the value because libzmq
  /// admits everyone who knows the public key where no authenticator exists.
  case curve(CurveKeyPair, Authenticator)
}

/// How a connecting socket shows who it is.
public enum ConnectSecurity: Sendable, Hashable {
  /// Not at all: loopback addresses and inproc only, not encrypted.
  case loopback
  /// By `own`, to nobody but the owner of `learner`; encrypted.
  case curve(own: CurveKeyPair, learner: CurvePublicKey)
}
