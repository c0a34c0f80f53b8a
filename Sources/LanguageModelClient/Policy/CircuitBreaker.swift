/// Keeps questions away from a failing server (circuit breaker, Nygard, "Release It!", 2007).
///
///     closed --failures--> open --period over--> half-open: one probe --succeeded--> closed
///                            ^                                        --failed, or patience over--> open, twice as long
///
/// Ordinary requests run while the breaker is closed. Results of requests that were running when it opened do not
/// count. It starts open with its period over, so that the first contact with a server is a probe.
struct CircuitBreaker: Sendable, Hashable {
  enum State: Sendable, Hashable {
    case closed
    case open(until: Double)
    /// Deadline of the probe.
    case halfOpen(until: Double)
  }

  /// The largest share of an open period that the jitter removes.
  static let jitter = 0.25

  let options: CircuitBreakerOptions
  private(set) var state = State.open(until: -.infinity)
  /// Number of open periods since the breaker was last closed.
  private(set) var openings = 0
  private(set) var failuresInARow = 0
  /// Number of probes so far.
  private(set) var probes = 0
  /// The latest results, true for failures; a ring of at most `options.window` with the oldest at `oldest`.
  private var recent: [Bool] = []
  private var oldest = 0

  init(_ options: CircuitBreakerOptions) { self.options = options }

  var isClosed: Bool { state == .closed }

  /// Time at which the state changes without a call or a probe is due; nil while the breaker is closed.
  var nextTime: Double? {
    switch state {
    case .closed: nil
    case .open(let until), .halfOpen(let until): until
    }
  }

  /// Notes the result of an ordinary request.
  /// - Returns: whether the breaker opened.
  mutating func record(
    failed: Bool, now: Double, using generator: inout some RandomNumberGenerator
  ) -> Bool {
    guard isClosed else { return false }
    failuresInARow = failed ? failuresInARow + 1 : 0
    if recent.count < options.window {
      recent.append(failed)
    } else if !recent.isEmpty {
      recent[oldest] = failed
      oldest = (oldest + 1) % recent.count
    }
    let share = Double(recent.count { $0 }) / Double(max(options.window, 1))
    let isFailing = recent.count >= options.window && share >= options.failingShare
    guard failed, failuresInARow >= options.consecutiveFailures || isFailing else { return false }
    open(now, using: &generator)
    return true
  }

  /// Starts a probe if one is due.
  /// - Returns: the probe's number; nil if the breaker is closed, open, or waiting for another probe.
  mutating func beginProbe(now: Double, using generator: inout some RandomNumberGenerator) -> Int? {
    if case .halfOpen(let until) = state, now >= until { open(until, using: &generator) }
    guard case .open(let until) = state, now >= until else { return nil }
    state = .halfOpen(until: now + options.probePatienceSeconds)
    probes += 1
    return probes
  }

  /// The success of any probe closes the breaker, even after the deadline.
  mutating func probeSucceeded() {
    state = .closed
    (openings, failuresInARow, oldest) = (0, 0, 0)
    recent.removeAll(keepingCapacity: true)
  }

  /// If the probe's patience was over before, the next period has begun and the failure has no effect.
  mutating func probeFailed(_ probe: Int, now: Double, using generator: inout some RandomNumberGenerator) {
    if case .halfOpen = state, probe == probes { open(now, using: &generator) }
  }

  /// The probe ended without a result, so the next one is due at once.
  mutating func probeAbandoned(_ probe: Int, now: Double) {
    if case .halfOpen = state, probe == probes { state = .open(until: now) }
  }

  /// Opens a closed breaker at once.
  mutating func trip(now: Double, using generator: inout some RandomNumberGenerator) {
    if isClosed { open(now, using: &generator) }
  }

  private mutating func open(_ now: Double, using generator: inout some RandomNumberGenerator) {
    let ceiling = min(options.maximumOpenSeconds, options.firstOpenSeconds * Double(1 << min(openings, 30)))
    let unit = Double(generator.next() >> 11) * 0x1p-53
    openings += 1
    state = .open(until: now + ceiling * (1 - Self.jitter * unit))
  }
}

/// When the breaker opens, and for how long.
public struct CircuitBreakerOptions: Sendable, Hashable {
  /// Consecutive failures that open the breaker.
  public var consecutiveFailures = 5
  /// Share of failures among the latest `window` requests that opens the breaker.
  public var failingShare = 0.5
  public var window = 20
  /// First open period in seconds; each failed probe doubles it.
  public var firstOpenSeconds = 1.0
  /// Longest open period. Together with the patience it bounds the time that a recovered server stays unused: 13 s.
  public var maximumOpenSeconds = 8.0
  /// Seconds after which another probe may start. The first one may still succeed.
  public var probePatienceSeconds = 5.0

  public init() {}
}

/// What the end of a request says about its server.
enum ServerOutcome: Sendable, Hashable {
  case succeeded
  /// The request failed; with the pause in seconds that the server requested, if any.
  case failed(pauseSeconds: Double?)
  /// The server works and is overloaded.
  case overloaded(pauseSeconds: Double?)
  /// Nothing, because the caller cancelled the question.
  case unknown
}
