/// Keeps questions away from a server that is out (Nygard, "Release It!", 2007).
///
///     closed --failures--> open --period over--> half-open: one probe --succeeded--> closed
///                            ^                                        --failed, or patience over--> open, twice as long
///
/// Ordinary requests run while it is closed; results of those that were under way when it opened do not count. It begins
/// open with its period over: the first contact with a server is a probe.
struct CircuitBreaker: Sendable, Hashable {
  enum State: Sendable, Hashable {
    case closed
    case open(until: Double)
    /// The probe may take until then.
    case halfOpen(until: Double)
  }

  /// The largest part of an open period that chance takes away.
  static let jitter = 0.25

  let options: CircuitBreakerOptions
  private(set) var state = State.open(until: -.infinity)
  /// Open periods since it was last closed.
  private(set) var openings = 0
  private(set) var failuresInARow = 0
  /// Probes begun so far.
  private(set) var probes = 0
  /// The latest results, true for failures, at most `options.window`; oldest at `oldest` once it is full.
  private var recent: [Bool] = []
  private var oldest = 0

  init(_ options: CircuitBreakerOptions) { self.options = options }

  var isClosed: Bool { state == .closed }

  /// When the state next changes by itself or a probe becomes due; nil while it is closed.
  var nextTime: Double? {
    switch state {
    case .closed: nil
    case .open(let until), .halfOpen(let until): until
    }
  }

  /// A result of an ordinary request.
  /// - Returns: whether it opened the breaker.
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

  /// Takes the turn to probe.
  /// - Returns: the probe's number; nil where the breaker is closed, open, or waiting for another probe.
  mutating func beginProbe(now: Double, using generator: inout some RandomNumberGenerator) -> Int? {
    if case .halfOpen(let until) = state, now >= until { open(until, using: &generator) }
    guard case .open(let until) = state, now >= until else { return nil }
    state = .halfOpen(until: now + options.probePatienceSeconds)
    probes += 1
    return probes
  }

  /// Any probe's success closes the breaker, a late one's as well.
  mutating func probeSucceeded() {
    state = .closed
    (openings, failuresInARow, oldest) = (0, 0, 0)
    recent.removeAll(keepingCapacity: true)
  }

  /// Of a probe whose patience was over before, the next period has begun, and this is no news.
  mutating func probeFailed(_ probe: Int, now: Double, using generator: inout some RandomNumberGenerator) {
    if case .halfOpen = state, probe == probes { open(now, using: &generator) }
  }

  /// The probe ended without telling anything: the next one is due at once.
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

/// When a server is left alone, and for how long.
public struct CircuitBreakerOptions: Sendable, Hashable {
  /// Failures one after the other that open the breaker.
  public var consecutiveFailures = 5
  /// The share of the latest `window` requests that opens it as well.
  public var failingShare = 0.5
  public var window = 20
  /// The first open period; each failed probe doubles it.
  public var firstOpenSeconds = 1.0
  /// With the patience below it bounds how long a returned server can go without work: 13 s.
  public var maximumOpenSeconds = 8.0
  /// A probe that has taken longer no longer keeps another from being made; it may still succeed.
  public var probePatienceSeconds = 5.0

  public init() {}
}

/// What a finished request says about its server.
enum ServerOutcome: Sendable, Hashable {
  case succeeded
  /// Where the server said how long to leave it alone, in seconds.
  case failed(pauseSeconds: Double?)
  /// It is well and has too much to do.
  case overloaded(pauseSeconds: Double?)
  /// Nothing: whoever asked went away.
  case untold
}
