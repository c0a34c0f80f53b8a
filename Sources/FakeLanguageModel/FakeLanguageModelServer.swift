import CPlatform
import Foundation
import Synchronization

/// An HTTP server on 127.0.0.1 with scripted answers and faults: a language model without a model, for tests
/// and benchmarks of clients. It has one thread and serves hundreds of concurrent requests.
public final class FakeLanguageModelServer: Sendable {
  public typealias Handler = @Sendable (FakeRequest) -> FakeReply

  private enum Command {
    case listen, refuse
  }

  private struct Control {
    var handler: Handler
    var commands: [(Command, DispatchSemaphore)] = []
    var counts = FakeServerCounts()
  }

  public let port: UInt16
  private let control: Mutex<Control>
  private let wakeUp: Int32

  /// Listens on a port that the system chooses.
  /// - Throws: `FakeServerError`.
  public init(_ handler: @escaping Handler) throws {
    wakeUp = tengu_event_descriptor()
    control = Mutex(Control(handler: handler))
    let (listener, port) = try Self.bound(port: 0)
    self.port = port
    guard wakeUp >= 0, listen(listener, Self.backlog) == 0 else {
      throw FakeServerError(description: "listen: \(String(cString: strerror(errno)))")
    }
    let loop = FakeServerLoop(listener: listener, wakeUp: wakeUp)
    // The loop ends in this object's deinit.
    let thread = Thread { [weak self, wakeUp] in
      tengu_name_thread("fake-model")
      loop.run(
        handle: { request in self?.handle(request) ?? .silence },
        commands: { self.map { $0.takeCommands(loop) } != nil },
        count: { change in self?.control.withLock { change(&$0.counts) } })
      close(wakeUp)
    }
    thread.start()
  }

  deinit {
    // The server was closed before the thread started.
    tengu_event_signal(wakeUp)
  }

  static let backlog: Int32 = 1024

  public var url: String { "http://127.0.0.1:\(port)" }
  public var counts: FakeServerCounts { control.withLock { $0.counts } }

  /// Replaces the script from the next request on.
  public func handle(_ handler: @escaping Handler) { control.withLock { $0.handler = handler } }

  /// Closes all connections and refuses new ones, but keeps the port. Returns when this is done.
  public func stop() { perform(.refuse) }

  /// Listens again, on the same port.
  public func start() { perform(.listen) }

  private func perform(_ command: Command) {
    let done = DispatchSemaphore(value: 0)
    control.withLock { $0.commands.append((command, done)) }
    tengu_event_signal(wakeUp)
    done.wait()
  }

  private func handle(_ request: FakeRequest) -> FakeReply { control.withLock { $0.handler }(request) }

  private func takeCommands(_ loop: FakeServerLoop) {
    let commands = control.withLock { control in
      defer { control.commands = [] }
      return control.commands
    }
    for (command, done) in commands {
      switch command {
      case .listen: loop.listenAgain()
      case .refuse: loop.refuse(port: port)
      }
      done.signal()
    }
  }

  /// A bound socket that does not listen: connections to it are refused.
  static func bound(port: UInt16) throws -> (descriptor: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
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
