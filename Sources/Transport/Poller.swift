import CZeroMQ
import Runtime

/// Waits until one of several sockets or descriptors can be read.
///
/// Used by the thread that uses the sockets. The poller keeps them alive; to stop watching one, make a new poller.
public final class Poller {
  /// The place of a source in a poller.
  public struct Token: Sendable, Hashable {
    fileprivate let index: Int
  }

  private var items: [zmq_pollitem_t] = []
  private var sources: [AnyObject] = []

  public init() {}

  public func add(_ socket: RouterSocket) -> Token {
    // `receive` also takes what the monitor reports.
    _ = add(socket: socket.monitor.socket)
    return add(socket: socket.socket)
  }
  public func add(_ socket: DealerSocket) -> Token { add(socket: socket.socket) }
  public func add(_ monitor: SocketMonitor) -> Token { add(socket: monitor.socket) }
  public func add(_ authenticator: Authenticator) -> Token { add(socket: authenticator.socket) }

  public func add(_ wakeUp: WakeUp) -> Token {
    sources.append(wakeUp)
    return append(zmq_pollitem_t(socket: nil, fd: wakeUp.descriptor, events: Int16(ZMQ_POLLIN), revents: 0))
  }

  /// A descriptor that the caller keeps open, such as that of signals.
  public func add(descriptor: Int32) -> Token {
    append(zmq_pollitem_t(socket: nil, fd: descriptor, events: Int16(ZMQ_POLLIN), revents: 0))
  }

  private func add(socket: Socket) -> Token {
    sources.append(socket)
    return append(zmq_pollitem_t(socket: socket.handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0))
  }

  private func append(_ item: zmq_pollitem_t) -> Token {
    items.append(item)
    return Token(index: items.count - 1)
  }

  /// Waits for at most `milliseconds` (0 = look only, negative = without limit). A signal ends the wait early.
  /// - Returns: whether any source is ready.
  public func wait(milliseconds: Int) throws(TransportError) -> Bool {
    let status = items.withUnsafeMutableBufferPointer {
      zmq_poll($0.baseAddress, Int32($0.count), milliseconds)
    }
    if status >= 0 { return status > 0 }
    let code = zmq_errno()
    guard code == EINTR else { throw .system(operation: "zmq_poll", code: code) }
    for index in items.indices { items[index].revents = 0 }
    return false
  }

  /// Whether the latest `wait` found something to read, or an error that reading will report.
  public func isReady(_ token: Token) -> Bool { items[token.index].revents != 0 }
}
