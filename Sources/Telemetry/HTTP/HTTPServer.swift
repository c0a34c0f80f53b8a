import Foundation
import Runtime
import Synchronization

/// A small HTTP server for pages of this machine: it reads requests without bodies and answers one at a time. One thread,
/// bounded in clients, bytes and seconds.
public final class HTTPServer: Sendable {
  /// Clients at the same time; further ones wait in the system's queue.
  static let maximumClients = 32
  private static let stackBytes = 8 << 20

  private struct State {
    var outage: Outage
    var notice: String?
  }

  /// Everything that the server's thread shares with its owner.
  private final class Shared: Sendable {
    let state: Mutex<State>
    let isClosed = Atomic(false)

    init(_ subject: String) { state = Mutex(State(outage: Outage(of: "answers to readers of \(subject)"))) }
  }

  /// HOST:PORT that it listens on.
  public let address: String
  private let shared: Shared
  private let wake: WakeUp
  private let ended: DispatchSemaphore

  /// Listens, and starts the thread.
  /// - Parameters:
  ///   - address: HOST:PORT; port 0 takes a free port.
  ///   - subject: what is served, in one word; it names the thread.
  ///   - option: the option or field that names the address.
  ///   - answer: answers a request, on the server's thread.
  /// - Throws: `FileError` naming the address if another process has it or this machine does not; `SystemError` if the
  ///   process is out of descriptors.
  public init(
    address: String, subject: String, option: String, answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse
  ) throws {
    let listener = try HTTPListener(address, subject: subject, option: option)
    self.address = listener.address
    let (shared, wake, ended) = (Shared(subject), try WakeUp(), DispatchSemaphore(value: 0))
    (self.shared, self.wake, self.ended) = (shared, wake, ended)
    let thread = Thread {
      CurrentThread.setName(subject)
      Self.serve(listener, wake, shared, answer: answer)
      ended.signal()
    }
    thread.stackSize = Self.stackBytes
    thread.start()
  }

  deinit {
    // The thread does not keep this object; it ends and closes the port.
    shared.isClosed.store(true, ordering: .releasing)
    wake.signal()
  }

  /// Ends the thread and closes the port.
  public func close() {
    guard !shared.isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
    wake.signal()
    ended.wait()
  }

  /// Attempts to take a client that failed.
  public var failures: Int { shared.state.withLock { $0.outage.failures } }

  /// A line to log, once, if clients cannot be taken from now on, or can be again.
  public func takeNotice() -> String? {
    shared.state.withLock { state in
      defer { state.notice = nil }
      return state.notice
    }
  }

  // MARK: The thread

  private static func serve(
    _ listener: HTTPListener, _ wake: WakeUp, _ shared: Shared, answer: (HTTPRequest) -> HTTPResponse
  ) {
    var clients: [HTTPConnection] = []
    while !shared.isClosed.load(ordering: .acquiring) {
      wait(listener, wake, clients, isPaused: shared.state.withLock { $0.outage.isOn })
      wake.clear()
      for client in clients { client.advance(answer: answer) }
      let now = MonotonicClock.seconds
      clients.removeAll { $0.isOver || $0.deadline <= now }
      admit(from: listener, to: &clients, shared, now)
    }
  }

  /// Waits for a client, a byte or the end of the server, at most a second: so long a slow client may overstay.
  private static func wait(_ listener: HTTPListener, _ wake: WakeUp, _ clients: [HTTPConnection], isPaused: Bool) {
    var items = [pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0)]
    if clients.count < maximumClients, !isPaused {
      items.append(pollfd(fd: listener.descriptor, events: Int16(POLLIN), revents: 0))
    }
    for client in clients {
      items.append(
        pollfd(fd: client.descriptor, events: Int16(client.wantsToWrite ? POLLOUT : POLLIN), revents: 0))
    }
    poll(&items, nfds_t(items.count), 1000)
  }

  private static func admit(
    from listener: HTTPListener, to clients: inout [HTTPConnection], _ shared: Shared, _ now: Double
  ) {
    guard shared.state.withLock({ $0.outage.allowsAttempt(at: now) }) else { return }
    do {
      while clients.count < maximumClients, let descriptor = try listener.accept() {
        clients.append(HTTPConnection(descriptor, now: now))
      }
      shared.state.withLock { if let notice = $0.outage.succeeded(at: now) { $0.notice = notice } }
    } catch {
      shared.state.withLock { if let notice = $0.outage.failed(error.description, at: now) { $0.notice = notice } }
    }
  }
}
