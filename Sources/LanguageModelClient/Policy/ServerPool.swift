import Runtime
import Tensor

/// Assigns questions to servers: servers with their limits and circuit breakers, and the questions that wait for one.
///
/// Questions are served in the order of arrival; a question that needs another server does not delay those behind it. A
/// question goes to the available server with the most free places. Servers are probed only while questions wait.
struct ServerPool: Sendable {
  /// Questions that may wait; the pool refuses more.
  static let maximumWaiting = 8192
  /// The longest pause that a server can request at a time, in seconds.
  static let maximumPauseSeconds = 60.0

  /// A question that waits for a server.
  struct Waiting: Sendable, Hashable {
    let id: UInt64
    let kind: QuestionKind
    let deadline: Double
    /// Servers that refused the question permanently.
    var excluded: Set<Int> = []
    /// Servers that failed on this question; the pool prefers others.
    var avoided: Set<Int> = []
  }

  /// A request for the discovery of a server.
  struct Probe: Sendable, Hashable {
    let server: Int
    let kind: QuestionKind
    /// Number of the breaker's probe; nil if the breaker is closed and only the kind of question is new.
    let number: Int?
  }

  enum Event: Sendable, Hashable {
    /// The question occupies a place at the server until `finish`.
    case granted(id: UInt64, server: Int)
    /// The deadline passed before a place was free.
    case lapsed(id: UInt64)
    /// Every server has refused; with the last one.
    case refused(id: UInt64, server: Int)
    /// Start this probe now, and end it with `endProbe`.
    case probe(Probe)
  }

  struct Server: Sendable, Hashable {
    var breaker: CircuitBreaker
    var inFlight = 0
    /// Kinds of questions that discovery has finished since the breaker was last open.
    var known: Set<QuestionKind> = []
    /// Kinds with a running probe while the breaker is closed.
    var probing: Set<QuestionKind> = []
    /// End of the pause that the server requested.
    var pausedUntil = -Double.infinity
  }

  let requestsPerServer: Int
  private(set) var servers: [Server]
  private(set) var waiting: [Waiting] = []
  private var generator: RandomGenerator

  init(servers count: Int, requestsPerServer: Int, breaker: CircuitBreakerOptions, seed: UInt64) {
    self.requestsPerServer = requestsPerServer
    servers = Array(repeating: Server(breaker: CircuitBreaker(breaker)), count: count)
    generator = RandomGenerator(seed: seed)
  }

  // MARK: Questions

  /// - Returns: false if too many questions wait.
  mutating func enqueue(_ question: Waiting) -> Bool {
    guard waiting.count < Self.maximumWaiting else { return false }
    waiting.append(question)
    return true
  }

  /// - Returns: whether the question was waiting.
  mutating func withdraw(_ id: UInt64) -> Bool {
    guard let index = waiting.firstIndex(where: { $0.id == id }) else { return false }
    waiting.remove(at: index)
    return true
  }

  /// A granted question's request has ended.
  /// - Returns: whether that opened the server's breaker.
  mutating func finish(_ server: Int, _ outcome: ServerOutcome, now: Double) -> Bool {
    servers[server].inFlight -= 1
    pause(server, outcome, now)
    let failed: Bool
    switch outcome {
    case .succeeded, .overloaded: failed = false
    case .failed: failed = true
    case .unknown: return false
    }
    let hasOpened = servers[server].breaker.record(failed: failed, now: now, using: &generator)
    if hasOpened { servers[server].known = [] }
    return hasOpened
  }

  // MARK: Probes

  /// - Parameter isRefusal: the server refused permanently, so that waiting questions try other servers.
  /// - Returns: the questions that have no server left.
  mutating func endProbe(_ probe: Probe, _ outcome: ServerOutcome, isRefusal: Bool, now: Double) -> [Event] {
    let index = probe.server
    pause(index, outcome, now)
    servers[index].probing.remove(probe.kind)
    switch outcome {
    case .succeeded:
      // A probe of a new kind that started before the breaker opened says nothing about the server now.
      guard probe.number != nil || servers[index].breaker.isClosed else { break }
      servers[index].breaker.probeSucceeded()
      servers[index].known.insert(probe.kind)
    case .failed, .overloaded:
      if let number = probe.number {
        servers[index].breaker.probeFailed(number, now: now, using: &generator)
      } else {
        servers[index].breaker.trip(now: now, using: &generator)
        servers[index].known = []
      }
    case .unknown:
      if let number = probe.number { servers[index].breaker.probeAbandoned(number, now: now) }
    }
    return isRefusal ? exclude(index) : []
  }

  private mutating func exclude(_ server: Int) -> [Event] {
    for index in waiting.indices { waiting[index].excluded.insert(server) }
    let refused = waiting.filter { $0.excluded.count == servers.count }
    waiting.removeAll { $0.excluded.count == servers.count }
    return refused.map { .refused(id: $0.id, server: server) }
  }

  // MARK: Time

  /// Everything that can be done now.
  mutating func advance(now: Double) -> [Event] {
    var events: [Event] = []
    var left: [Waiting] = []
    for question in waiting {
      guard question.deadline > now else {
        events.append(.lapsed(id: question.id))
        continue
      }
      events += dueProbes(for: question, now)
      if let server = bestServer(for: question, now) {
        servers[server].inFlight += 1
        events.append(.granted(id: question.id, server: server))
      } else {
        left.append(question)
      }
    }
    waiting = left
    return events
  }

  /// Time at which `advance` must be called again; nil if it depends on other calls only.
  func nextTime(now: Double) -> Double? {
    guard !waiting.isEmpty else { return nil }
    let deadlines = waiting.lazy.map(\.deadline).min()
    let others = servers.flatMap { [$0.breaker.nextTime, $0.pausedUntil].compactMap { $0 } }
    return ([deadlines].compactMap { $0 } + others.filter { $0 > now }).min()
  }

  private func bestServer(for question: Waiting, _ now: Double) -> Int? {
    let candidates = servers.indices.filter { index in
      let server = servers[index]
      return server.breaker.isClosed && server.inFlight < requestsPerServer && server.pausedUntil <= now
        && server.known.contains(question.kind) && !question.excluded.contains(index)
    }
    let others = candidates.filter { !question.avoided.contains($0) }
    return (others.isEmpty ? candidates : others).min { servers[$0].inFlight < servers[$1].inFlight }
  }

  private mutating func dueProbes(for question: Waiting, _ now: Double) -> [Event] {
    var events: [Event] = []
    for index in servers.indices where !question.excluded.contains(index) && servers[index].pausedUntil <= now {
      if servers[index].breaker.isClosed {
        guard !servers[index].known.contains(question.kind),
          servers[index].probing.insert(question.kind).inserted
        else { continue }
        events.append(.probe(Probe(server: index, kind: question.kind, number: nil)))
      } else if let number = servers[index].breaker.beginProbe(now: now, using: &generator) {
        events.append(.probe(Probe(server: index, kind: question.kind, number: number)))
      }
    }
    return events
  }

  private mutating func pause(_ server: Int, _ outcome: ServerOutcome, _ now: Double) {
    switch outcome {
    case .failed(let seconds?), .overloaded(let seconds?):
      let until = now + min(max(seconds, 0), Self.maximumPauseSeconds)
      servers[server].pausedUntil = max(servers[server].pausedUntil, until)
    default: break
    }
  }
}
