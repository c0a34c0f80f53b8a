/// Heartbeats between two peers: when to send the next one, and when the other end counts as gone (the "paranoid pirate"
/// pattern of the ZeroMQ guide). Times are seconds of a monotonic clock.
public struct PeerLiveness: Sendable, Hashable {
  /// Seconds between two heartbeats.
  public let interval: Double
  /// Heartbeat intervals without a message after which the peer counts as gone.
  public let tolerance: Int
  /// When the last message of the peer arrived.
  public private(set) var lastHeard: Double
  /// When the next own heartbeat is due.
  public private(set) var nextBeat: Double

  /// A peer whose last message arrived `now`, and to which a heartbeat is due at once.
  /// - Precondition: `interval` > 0, `tolerance` >= 1.
  public init(interval: Double, tolerance: Int, now: Double) {
    precondition(interval > 0 && tolerance >= 1)
    self.interval = interval
    self.tolerance = tolerance
    lastHeard = now
    nextBeat = now
  }

  /// A message of the peer has arrived. Every message counts: a peer that sends trajectories is alive.
  public mutating func heard(now: Double) { lastHeard = max(lastHeard, now) }

  /// Whether to send a heartbeat.
  public func isDue(now: Double) -> Bool { now >= nextBeat }

  /// A heartbeat was sent. The next one keeps the rhythm; heartbeats missed during a pause are not sent later.
  public mutating func beat(now: Double) {
    let next = nextBeat + interval
    nextBeat = next > now ? next : now + interval
  }

  /// Heartbeat intervals since the last message of the peer.
  public func missed(now: Double) -> Int { Int(min(max(0, (now - lastHeard) / interval), 1e9)) }

  /// Whether the peer has missed `tolerance` heartbeats.
  public func isGone(now: Double) -> Bool { missed(now: now) >= tolerance }

  /// Seconds until `isDue` or `isGone` can become true, for a poll's timeout; 0 if one is true now.
  public func secondsToWait(now: Double) -> Double {
    max(0, min(nextBeat - now, lastHeard + interval * Double(tolerance) - now))
  }
}

/// Pauses between attempts to reach a peer: 0.25, 0.5, 1 ... 32 seconds. A random part shortens each pause, so that peers
/// which lost the same learner do not all return at the same moment.
public struct Backoff: Sendable, Hashable {
  public static let firstSeconds = 0.25
  public static let maximumSeconds = 32.0
  /// The largest share of a pause that the random part takes away.
  public static let jitter = 0.25

  /// Attempts since the last success.
  public private(set) var attempts = 0

  public init() {}

  /// The next pause before jitter, in seconds.
  public var ceilingSeconds: Double {
    min(Self.firstSeconds * Double(1 << min(attempts, 16)), Self.maximumSeconds)
  }

  /// The pause to make now, in seconds: between (1 - `jitter`) and 1 times `ceilingSeconds`. The next pause doubles.
  /// - Parameter limit: seconds that the pause may have at most.
  public mutating func next(
    using generator: inout some RandomNumberGenerator, atMost limit: Double = Backoff.maximumSeconds
  ) -> Double {
    let unit = Double(generator.next() >> 11) * 0x1p-53
    defer { attempts += 1 }
    return min(ceilingSeconds, limit) * (1 - Self.jitter * unit)
  }

  /// The peer has answered: the next pause is the first one again.
  public mutating func reset() { attempts = 0 }
}
