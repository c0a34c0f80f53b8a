import Foundation
import Runtime
import Synchronization

/// A run's newest metrics over HTTP: `/metrics` for Prometheus and `/health` for what restarts learners. Read-only, one
/// thread, bounded in clients, bytes and seconds.
public final class MetricsEndpoint: MetricsSink {
  /// Clients at the same time; further ones wait in the system's queue.
  static let maximumClients = 32
  /// Seconds without a sample after which the learner counts as stalled, beyond three intervals.
  static let graceSeconds = 10.0

  private struct State {
    var record: MetricsRecord?
    /// When it arrived, by the monotonic clock.
    var arrived: Double
    var outage = Outage(of: "answers to readers of metrics")
    var notice: String?
  }

  /// Everything that the endpoint's thread shares with the run.
  private final class Shared: Sendable {
    let state: Mutex<State>
    let isClosed = Atomic(false)

    init(now: Double) { state = Mutex(State(record: nil, arrived: now)) }
  }

  /// HOST:PORT that it listens on.
  public let address: String
  private let shared: Shared
  private let wake: WakeUp
  private let ended: DispatchSemaphore

  /// Listens, and starts the thread.
  /// - Parameters:
  ///   - address: HOST:PORT; port 0 takes a free port.
  ///   - run: labels of the run; the first is a label of every metric.
  ///   - intervalSeconds: between two samples.
  /// - Throws: `FileError` naming the address if another process has it or this machine does not; `SystemError` if the
  ///   process is out of descriptors.
  public init(
    address: String, run: [(name: String, value: String)], intervalSeconds: Double, now: Double = MonotonicClock.seconds
  ) throws {
    let listener = try HTTPListener(address)
    self.address = listener.address
    let (shared, wake, ended) = (Shared(now: now), try WakeUp(), DispatchSemaphore(value: 0))
    (self.shared, self.wake, self.ended) = (shared, wake, ended)
    let stalledSeconds = 3 * intervalSeconds + Self.graceSeconds
    let exposition = Exposition(run: run)
    let thread = Thread {
      CurrentThread.setName("metrics")
      Self.serve(listener, wake, shared) { request in
        let (record, age) = shared.state.withLock { ($0.record, MonotonicClock.seconds - $0.arrived) }
        return Self.answer(request, exposition, record, age: age, stalledSeconds: stalledSeconds)
      }
      ended.signal()
    }
    thread.stackSize = 1 << 20
    thread.start()
  }

  deinit {
    // The thread does not keep this object; it ends and closes the port.
    shared.isClosed.store(true, ordering: .releasing)
    wake.signal()
  }

  public func write(_ sample: MetricsSample, now: Double) -> String? {
    shared.state.withLock { state in
      state.record = sample.record
      state.arrived = now
      defer { state.notice = nil }
      return state.notice
    }
  }

  public func close(now: Double) -> Int {
    guard !shared.isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return 0 }
    wake.signal()
    ended.wait()
    return 0
  }

  public var failures: Int { shared.state.withLock { $0.outage.failures } }

  // MARK: Answers

  /// The answer to a request.
  /// - Parameters:
  ///   - age: seconds since the newest record, or since the start.
  static func answer(
    _ request: HTTPRequest, _ exposition: Exposition, _ record: MetricsRecord?, age: Double, stalledSeconds: Double
  ) -> HTTPResponse {
    switch request.path {
    case "/metrics":
      let format: Exposition.Format =
        request.accept.contains("application/openmetrics-text") ? .openMetrics : .prometheus
      return HTTPResponse(contentType: format.contentType, body: exposition.text(of: record, as: format))
    case "/health":
      let isStalled = age > stalledSeconds
      let status = isStalled ? "stalled" : record == nil ? "starting" : "ok"
      var response = HTTPResponse(
        contentType: "application/json",
        body:
          "{\"status\":\"\(status)\",\"step\":\(record?.step ?? 0),\"seconds_since_record\":\(Int(saturating: age))}\n")
      if isStalled {
        (response.status, response.reason) = (
          HTTPRequest.Refusal.unavailable.rawValue, HTTPRequest.Refusal.unavailable.reason
        )
      }
      return response
    default: return HTTPResponse(.notFound)
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

  /// Waits for a client, a byte or the end of the endpoint, at most a second: so long a slow client may overstay.
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
