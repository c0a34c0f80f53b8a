import Runtime

/// The connections of a listening socket: which one a message came from, and what each may take.
///
/// libzmq lets a peer choose its routing id, gives an id again when its owner has left, and limits the bytes of a frame but
/// not the frames of a message. So a routing id is only the address of an answer here. A peer is a connection: libzmq's
/// monitor reports when one begins and ends, and each message names its connection's descriptor. Used by one thread.
final class ConnectionTable {
  private let limits: ConnectionLimits
  /// Whether the socket listens over inproc, where a message names no descriptor.
  var hasLocalPeers = false
  /// Connections that are open, or whose last messages may still wait in the socket.
  private var connections: [UInt64: Connection] = [:]
  private var routes: [[UInt8]: Connection] = [:]
  /// The connection of the latest message, unless it was forgotten.
  private var latest: Connection?
  private var arrivals: [String: TokenBucket] = [:]
  private var ended: [EndedConnection] = []
  /// Whether a connection ended that is not forgotten yet.
  private var hasEnds = false
  private var lastNumber: UInt64 = 0
  /// How often the socket has had no message left.
  private var drains = 0
  /// When to look at all connections next; infinite without any.
  private(set) var nextLook = Double.infinity

  /// Addresses whose rate of arrivals is remembered; the number bounds memory only.
  private static let maximumAddresses = 4_096
  /// Seconds until an ended connection is forgotten even if the socket was never drained.
  private static let latestEnd = 1.0

  init(_ limits: ConnectionLimits) { self.limits = limits }

  /// Seconds between two looks at the arrived bytes while every connection has used less than half of what it may.
  private static let lookSeconds = 0.05
  /// Seconds between two looks otherwise, and while a newcomer is connected, whose limit fills in less than a
  /// millisecond. libzmq's thread moves one to two gigabytes a second, so this bounds what all connections together add
  /// beyond their limits to about ten megabytes.
  private static let closeLookSeconds = 0.005
  /// Bytes of an automatic routing id: a zero and a counter.
  private static let automaticRouteBytes = 5

  // MARK: Beginning and end

  /// libzmq accepted a connection. Too many and too frequent ones are cut at once.
  func accepted(_ descriptor: Int32, now: Double) {
    lastNumber += 1
    let connection = Connection(
      number: lastNumber, accepted: descriptor, limit: limits.newcomerBytes, now: now)
    if connection.isOver { return }
    connections[connection.number] = connection
    nextLook = min(nextLook, now + Self.closeLookSeconds)
    guard connection.isWatched else { return connection.cut("the process has no descriptor left") }
    if !mayArrive(connection.address, now) {
      return connection.cut("more than \(Int(limits.arrivalsPerSecond)) connections a second from its address")
    }
    let open = connections.values.filter { $0.descriptor != nil && $0.cutReason == nil }
    if open.count > limits.connections { return connection.cut("\(limits.connections) connections are open") }
    let newcomers = open.filter { !$0.isAdmitted }
    if newcomers.count > limits.newcomers {
      let crowd = Dictionary(grouping: newcomers, by: \.address).values.max { $0.count < $1.count }
      crowd?.min { $0.number < $1.number }?.cut("\(limits.newcomers) connections have not said Hello")
    }
  }

  /// libzmq reported the end of a connection. Its messages may still wait in the socket.
  func ended(_ descriptor: Int32, now: Double) {
    for connection in connections.values where connection.descriptor == descriptor && connection.endedAt == nil {
      connection.endedAt = now
      hasEnds = true
    }
  }

  /// The socket has no message left, so that nothing comes from ended connections any more.
  func drained() {
    drains += 1
    guard hasEnds else { return }
    hasEnds = false
    for connection in connections.values where connection.endedAt != nil { forget(connection) }
  }

  /// Connections that ended since the last call.
  func takeEnded() -> [EndedConnection] {
    defer { ended = [] }
    return ended
  }

  private func forget(_ connection: Connection) {
    connections[connection.number] = nil
    if latest === connection { latest = nil }
    if let route = connection.route, routes[route] === connection { routes[route] = nil }
    ended.append(
      EndedConnection(
        peer: connection.peer, address: connection.address,
        cutReason: connection.dismissedAt == nil ? connection.cutReason : nil))
  }

  // MARK: Messages

  /// The connection that a message with the routing id `route` came from.
  /// - Parameters:
  ///   - source: the message's first frame, which names the descriptor and the key.
  ///   - refresh: takes in what the monitor has reported.
  /// - Returns: nil if the message is to be ignored.
  func origin(of route: [UInt8], _ source: Frame, refresh: () throws(TransportError) -> Void)
    throws(TransportError) -> Connection?
  {
    // A worker's messages come one after the other.
    if let latest, latest.route == route { return latest }
    if let known = routes[route] {
      latest = known
      return known
    }
    guard let descriptor = source.sourceDescriptor else { return hasLocalPeers ? local(route) : nil }
    try refresh()
    // If the system has given a number again, the earliest connection without a message is the one: a later one that is
    // taken for it gets no answer and connects again, whereas the other way round one would speak for another.
    let candidates = connections.values.filter { $0.descriptor == descriptor && $0.route == nil }
    guard let connection = candidates.min(by: { $0.number < $1.number }) else { return nil }
    guard route.count == Self.automaticRouteBytes, route[0] == 0 else {
      connection.cut("it chose its own routing id")
      return nil
    }
    connection.route = route
    connection.key = source.key
    routes[route] = connection
    return connection
  }

  private func local(_ route: [UInt8]) -> Connection {
    lastNumber += 1
    let connection = Connection(number: lastNumber, route: route, now: MonotonicClock.seconds)
    connections[connection.number] = connection
    routes[route] = connection
    return connection
  }

  /// Counts a message, and decides whether the application gets it.
  func admits(_ connection: Connection, bytes: Int) -> Bool {
    connection.took(bytes: bytes, drains: drains)
    guard connection.cutReason == nil else { return false }
    guard let dismissed = connection.dismissedAt else { return true }
    // What was on its way when the peer was dismissed does not hasten its end.
    if MonotonicClock.seconds - dismissed > 0.1 * dismissalSeconds { connection.cut("it sent on after it was refused") }
    return false
  }

  /// The open connection of `peer`; nil if there is none.
  func connection(of peer: PeerID) -> Connection? {
    guard let connection = connections[peer.connection], connection.endedAt == nil else { return nil }
    return connection
  }

  /// The application has given up the session of `peer`, which has the limits of a newcomer again.
  func release(_ peer: PeerID, now: Double) {
    connection(of: peer)?.release(pendingLimit: limits.newcomerBytes, now: now)
  }

  // MARK: Limits

  /// Cuts what is beyond its limits.
  func supervise(now: Double) {
    guard now >= nextLook else { return }
    let remote = connections.values.filter { $0.descriptor != nil }
    var total = 0
    var isClose = false
    for connection in remote {
      if let end = connection.endedAt {
        if now - end > Self.latestEnd { forget(connection) }
      } else if connection.cutReason == nil {
        connection.look(drains: drains)
        total += connection.pending
        judge(connection, now)
        isClose = isClose || !connection.isAdmitted || connection.usedBytes > connection.pendingLimit / 2
      }
    }
    nextLook = remote.isEmpty ? .infinity : now + (isClose ? Self.closeLookSeconds : Self.lookSeconds)
    if total > limits.pendingBytes {
      remote.max { $0.pending < $1.pending }?.cut("\(total) bytes of incomplete messages wait in all")
    }
  }

  private func judge(_ connection: Connection, _ now: Double) {
    if connection.usedBytes > connection.pendingLimit {
      connection.cut(
        "more than \(connection.pendingLimit) bytes without a complete \(connection.isAdmitted ? "message" : "Hello")")
    } else if let dismissed = connection.dismissedAt, now - dismissed >= dismissalSeconds {
      connection.cut("it was refused")
    } else if !connection.isAdmitted, now - connection.since >= limits.newcomerSeconds {
      connection.cut("no Hello in \(Int(limits.newcomerSeconds)) s")
    }
  }

  private func mayArrive(_ address: String, _ now: Double) -> Bool {
    if arrivals.count >= Self.maximumAddresses { arrivals = [:] }
    var bucket = arrivals[address] ?? TokenBucket(perSecond: limits.arrivalsPerSecond, burst: limits.arrivalsAtOnce)
    let isAllowed = bucket.available(now: now) > 0
    if isAllowed { bucket.take(1) }
    arrivals[address] = bucket
    return isAllowed
  }
}

/// A connection that is over, and whose messages were all taken.
public struct EndedConnection: Sendable, Hashable {
  /// nil if it never sent a message.
  public let peer: PeerID?
  /// Numeric address of the other end.
  public let address: String
  /// Why the socket cut it; nil if the other end or the network ended it, or if it was dismissed.
  public let cutReason: String?
}
