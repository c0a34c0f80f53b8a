import Foundation
import Runtime
import Synchronization

/// What became of an attempt to pass metrics on.
public enum PostOutcome: Sendable, Equatable {
  case accepted
  /// The receiver may take the same later: it cannot be reached, or says that it is busy.
  case later(String)
  /// The receiver will never take it.
  case refused(String)
}

/// A run's metrics to an OpenTelemetry collector over HTTP.
///
/// A thread of its own sends them, so that a slow or missing collector delays nothing. Samples wait in a queue with a bound;
/// beyond it the oldest is dropped and counted.
public final class OTLPSink: MetricsSink {
  /// Samples that wait for the collector: five minutes of one every five seconds.
  public static let maximumWaiting = 60
  /// Seconds that the end of a run waits for the last attempt.
  static let closeSeconds = 3.0

  private struct State {
    var waiting: [MetricsRecord] = []
    /// Records that were removed from the queue without having been sent.
    var dropped = 0
    var isClosed = false
    var notice: String?
    var outage = Outage(of: "metrics for OpenTelemetry")
  }

  private let state = Mutex(State())
  private let news = DispatchSemaphore(value: 0)
  private let end = DispatchSemaphore(value: 0)
  private let post: @Sendable ([MetricsRecord]) -> PostOutcome

  /// Starts the thread.
  /// - Parameter post: sends records, the oldest first, and waits for the answer. Only the thread calls it.
  public init(post: @escaping @Sendable ([MetricsRecord]) -> PostOutcome) {
    self.post = post
    Thread.detachNewThread { [self] in
      CurrentThread.setName("otlp")
      sendAll()
      end.signal()
    }
  }

  public func write(_ sample: MetricsSample, now: Double) -> String? {
    let notice = state.withLock { state in
      if state.waiting.count >= Self.maximumWaiting {
        state.waiting.removeFirst()
        state.dropped += 1
      }
      state.waiting.append(sample.record)
      defer { state.notice = nil }
      return state.notice
    }
    news.signal()
    return notice
  }

  public func close(now: Double) -> Int {
    state.withLock { $0.isClosed = true }
    news.signal()
    _ = end.wait(timeout: .now() + Self.closeSeconds)
    return state.withLock { $0.waiting.count + $0.dropped }
  }

  public var failures: Int { state.withLock { $0.outage.failures } }

  /// Samples that were dropped because the queue was full, or because the collector refused them.
  public var dropped: Int { state.withLock { $0.dropped } }

  /// Sends until the sink is closed and has made a last attempt.
  private func sendAll() {
    while true {
      let (records, dropped, pause, isClosed) = state.withLock { state in
        let pause = state.outage.secondsToWait(at: MonotonicClock.seconds) ?? 0
        return (state.waiting, state.dropped, pause, state.isClosed)
      }
      if records.isEmpty {
        if isClosed { return }
        news.wait()
      } else if pause > 0 && !isClosed {
        _ = news.wait(timeout: .now() + pause)
      } else {
        let outcome = post(records)
        state.withLock { state in
          // What the queue dropped meanwhile were the oldest of them.
          Self.take(outcome, of: max(0, records.count - (state.dropped - dropped)), &state)
        }
        if isClosed { return }
      }
    }
  }

  /// - Parameter sent: records at the head of the queue that the outcome is about.
  private static func take(_ outcome: PostOutcome, of sent: Int, _ state: inout State) {
    let now = MonotonicClock.seconds
    switch outcome {
    case .accepted:
      state.waiting.removeFirst(sent)
      state.notice = state.outage.succeeded(at: now) ?? state.notice
    case .later(let reason):
      state.notice = state.outage.failed(reason, at: now) ?? state.notice
    case .refused(let reason):
      state.waiting.removeFirst(sent)
      state.dropped += sent
      state.notice = state.outage.failed(reason, at: now) ?? state.notice
    }
  }
}

extension OTLPSink {
  /// A sink for the collector at an address.
  /// - Parameters:
  ///   - url: of its metrics, such as http://127.0.0.1:4318/v1/metrics.
  ///   - headers: lines of the request's head, such as "api-key: 1234".
  ///   - run: labels of the run.
  ///   - version: of the program.
  /// - Returns: nil if libcurl cannot be started.
  public convenience init?(
    url: String, headers: [String], run: [(name: String, value: String)], version: String, start: Double
  ) {
    guard let poster = MetricsPost(url: url, headers: headers) else { return nil }
    let request = OTLPRequest(run: run, version: version, start: start)
    let shared = OneThreadOnly(poster)
    self.init { records in shared.value.post(request.body(of: records)) }
  }
}

/// A value that only the thread of the sink uses, after the thread that made it.
private struct OneThreadOnly<Value>: @unchecked Sendable {
  let value: Value

  init(_ value: Value) { self.value = value }
}
