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
    let (listener, port) = try FakeServerLoop.bound(port: 0)
    self.port = port
    guard wakeUp >= 0, listen(listener, FakeServerLoop.backlog) == 0 else {
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
    // The thread wakes up, finds this object gone, and ends.
    tengu_event_signal(wakeUp)
  }

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
}
