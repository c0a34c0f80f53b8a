import CPlatform
import Foundation

/// The thread of a fake server: accepts, reads, waits, writes.
///
/// Ownership: the server's initialiser creates it, and from `run` on only its thread uses it.
final class FakeServerLoop: @unchecked Sendable {
  static let backlog: Int32 = 1024

  private static let maximumWaitMilliseconds = 1000.0

  private var listener: Int32
  private let wakeUp: Int32
  private var isListening = true
  private var connections: [Int32: FakeConnection] = [:]
  private var requests = 0
  private var buffer = [UInt8](repeating: 0, count: 64 << 10)
  private let start = ContinuousClock.now

  init(listener: Int32, wakeUp: Int32) {
    self.listener = listener
    self.wakeUp = wakeUp
  }

  deinit { close(listener) }

  private var now: Double { (ContinuousClock.now - start) / .seconds(1) }

  /// - Parameter commands: called after each wake-up; false ends the loop.
  func run(
    handle: (FakeRequest) -> FakeReply, commands: () -> Bool,
    count: (_ change: (inout FakeServerCounts) -> Void) -> Void
  ) {
    while true {
      tengu_event_clear(wakeUp)
      guard commands() else { break }
      let ready = wait()
      if isListening, ready.contains(listener) { accept(count) }
      let now = now
      for connection in Array(connections.values) {
        if ready.contains(connection.descriptor),
          let request = connection.read(index: requests, buffer: &buffer)
        {
          requests += 1
          count { $0.requests += 1 }
          connection.begin(handle(request), now: now)
        }
        connection.advance(now: now)
        if connection.isOver { connections[connection.descriptor] = nil }
      }
      count(update)
    }
  }

  /// Closes everything and binds the port again without listening.
  func refuse(port: UInt16) {
    guard isListening else { return }
    connections = [:]
    close(listener)
    do {
      listener = try Self.bound(port: port).descriptor
    } catch {
      // Clients would wait without end for a server that keeps a port it no longer has.
      fatalError("another process took the fake server's port: \(error)")
    }
    isListening = false
  }

  func listenAgain() { isListening = listen(listener, Self.backlog) == 0 }

  private func update(_ counts: inout FakeServerCounts) {
    counts.openConnections = connections.count
    counts.pending = connections.values.count { $0.isPending }
    counts.mostPending = max(counts.mostPending, counts.pending)
  }

  /// - Returns: the ready descriptors.
  private func wait() -> Set<Int32> {
    var items = [pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0)]
    if isListening { items.append(pollfd(fd: listener, events: Int16(POLLIN), revents: 0)) }
    var next = Double.infinity
    for connection in connections.values {
      let events = POLLIN | (connection.wantsToWrite ? POLLOUT : 0)
      items.append(pollfd(fd: connection.descriptor, events: Int16(events), revents: 0))
      next = min(next, connection.nextTime ?? .infinity)
    }
    let milliseconds = min(max((next - now) * 1000, 0).rounded(.up), Self.maximumWaitMilliseconds)
    poll(&items, nfds_t(items.count), Int32(milliseconds))
    return Set(items.lazy.filter { $0.revents != 0 }.map(\.fd))
  }

  private func accept(_ count: (_ change: (inout FakeServerCounts) -> Void) -> Void) {
    while true {
      let descriptor = tengu_accept(listener)
      guard descriptor >= 0 else { return }
      var one: Int32 = 1
      setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
      connections[descriptor] = FakeConnection(descriptor)
      count { $0.connections += 1 }
    }
  }

  /// A bound socket that does not listen: connections to it are refused. Close-on-exec, because a child of this process
  /// that inherited a listening socket would keep it open after `refuse`.
  static func bound(port: UInt16) throws -> (descriptor: Int32, port: UInt16) {
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    let descriptor = socket(AF_INET, kind, 0)
    var one: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(descriptor, generic, length) == 0 ? getsockname(descriptor, generic, &length) : -1
      }
    }
    guard status == 0 else {
      let text = String(cString: strerror(errno))
      close(descriptor)
      throw FakeServerError(description: "no port on 127.0.0.1: \(text)")
    }
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }
}

/// Why the fake server does not run.
public struct FakeServerError: Error, CustomStringConvertible {
  public let description: String
}

/// Counts of the fake server.
public struct FakeServerCounts: Sendable, Hashable {
  public var requests = 0
  public var openConnections = 0
  /// Connections accepted so far.
  public var connections = 0
  /// Requests that wait for an answer now, and their maximum so far.
  public var pending = 0
  public var mostPending = 0
}
