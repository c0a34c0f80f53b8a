/// Heartbeats between two peers: when to send the next one, and when the other end is gone.
///
/// The paranoid pirate pattern of the ZeroMQ guide. Times are seconds of any clock that does not run backwards.
public struct PeerLiveness: Sendable, Hashable {
  /// Seconds between two heartbeats.
  public let interval: Double
  /// How many heartbeats in a row may be missed before the peer is gone.
  public let tolerance: Int
  /// When the peer was last heard.
  public private(set) var lastHeard: Double
  /// When the next own heartbeat is due.
  public private(set) var nextBeat: Double

  /// A peer that was heard just `now`, and to which a heartbeat is due at once.
  /// - Precondition: `interval` > 0, `tolerance` >= 1.
  public init(interval: Double, tolerance: Int, now: Double) {
    precondition(interval > 0 && tolerance >= 1)
    self.interval = interval
    self.tolerance = tolerance
    lastHeard = now
    nextBeat = now
  }

  /// Anything from the peer counts: whoever sends trajectories is alive.
  public mutating func heard(now: Double) { lastHeard = max(lastHeard, now) }

  /// Whether to send a heartbeat.
  public func isDue(now: Double) -> Bool { now >= nextBeat }

  /// A heartbeat was sent. The next one keeps the rhythm; after a pause the missed ones are not made up for.
  public mutating func beat(now: Double) {
    let next = nextBeat + interval
    nextBeat = next > now ? next : now + interval
  }

  /// Heartbeats missed since the peer was last heard.
  public func missed(now: Double) -> Int { Int(min(max(0, (now - lastHeard) / interval), 1e9)) }

  /// Whether the peer has missed `tolerance` heartbeats.
  public func isGone(now: Double) -> Bool { missed(now: now) >= tolerance }

  /// Seconds until `isDue` or `isGone` can change, for a poll's timeout; 0 if one holds already.
  public func secondsToWait(now: Double) -> Double {
    max(0, min(nextBeat - now, lastHeard + interval * Double(tolerance) - now))
  }
}
