import Runtime
import Judging
import Synchronization
import Tensor

/// Language models behind OpenAI-compatible servers, as one: retries, failover, a circuit breaker and a limit of
/// requests for each server, and what each can do found out by asking.
///
/// What decides is in values without I/O or clock (`ServerPool`, `CircuitBreaker`, `RetryPolicy`); this class moves
/// questions between them and `HTTPClient`. Nothing is sent before the first question.
public final class LanguageModelPool: LanguageModel {
  /// How the wait for a server ended.
  enum Place: Sendable {
    case at(server: Int)
    case lapsed
    case refused(ModelFailure)
    case cancelled
  }

  /// All that changes, under one lock. The invariant: `continuations` has exactly the questions that wait in `pool`.
  struct State {
    var pool: ServerPool
    var continuations: [UInt64: CheckedContinuation<Place, Never>] = [:]
    var probes: [UInt64: Task<Void, Never>] = [:]
    var capabilities: [ServerCapabilities?]
    /// The model all servers must have: as configured, else that of the first server heard from.
    var model: String?
    /// The latest failure of each server, until it answers discovery again.
    var failures: [AttemptFailure?]
    /// Servers that the log last called lost.
    var lost: Set<Int> = []
    var statistics = LanguageModelStatistics()
    var generator: RandomGenerator
    var nextID: UInt64 = 0
    var isClosed = false

    mutating func makeID() -> UInt64 {
      nextID += 1
      return nextID
    }
  }

  let options: LanguageModelOptions
  let connections: [ServerConnection]
  let clock: PoolClock
  let state: Mutex<State>
  let retry = RetryPolicy()
  private let http: HTTPClient
  private let timer: WakeUpTimer

  /// Reads the key; speaks with nobody yet.
  /// - Throws: `ClientError`.
  public convenience init(_ options: LanguageModelOptions) throws(ClientError) {
    try self.init(options, clock: PoolClock())
  }

  init(_ options: LanguageModelOptions, clock: PoolClock) throws(ClientError) {
    try options.validate()
    self.options = options
    self.clock = clock
    let key = try options.key.read()
    let http = try HTTPClient()
    var connections: [ServerConnection] = []
    for server in options.servers {
      connections.append(
        ServerConnection(
          address: try ServerAddress(server), key: key, http: http,
          connectTimeoutSeconds: options.connectTimeoutSeconds))
    }
    self.http = http
    self.connections = connections
    let count = connections.count
    let pool = ServerPool(
      servers: count, requestsPerServer: options.requestsPerServer, breaker: options.breaker, seed: options.seed)
    state = Mutex(
      State(
        pool: pool, capabilities: Array(repeating: nil, count: count), model: options.model,
        failures: Array(repeating: nil, count: count),
        generator: RandomGenerator(seed: options.seed &+ 1)))
    timer = WakeUpTimer(clock)
    for address in connections.map(\.address) where key != nil && !address.isEncrypted && !address.isLoopback {
      options.log("\(address): the key is sent unencrypted; an address of https would hide it")
    }
  }

  deinit { close() }

  public var name: String? { state.withLock { $0.model } }

  public var concurrency: Int { connections.count * options.requestsPerServer }

  /// Cancels all questions and returns when the thread of requests has ended. Later questions are cancelled at once.
  public func close() {
    let (continuations, probes) = state.withLock { state in
      state.isClosed = true
      defer { (state.continuations, state.probes) = ([:], [:]) }
      for id in state.continuations.keys { _ = state.pool.withdraw(id) }
      return (state.continuations, state.probes)
    }
    for continuation in continuations.values { continuation.resume(returning: .cancelled) }
    for probe in probes.values { probe.cancel() }
    http.close()
  }

  public var statistics: LanguageModelStatistics {
    state.withLock { state in
      var result = state.statistics
      result.servers = connections.indices.map { index in
        let server = state.pool.servers[index]
        return LanguageModelStatistics.Server(
          address: connections[index].address.description, breaker: .init(server.breaker.state),
          inFlight: server.inFlight, model: state.capabilities[index]?.model)
      }
      return result
    }
  }

  /// Hands out places and begins probes, now and whenever time brings something to do.
  func advance() {
    let (resumptions, next) = state.withLock { state in
      // One reading: what became due between two would be neither done by the first nor awaited by the second.
      let now = clock.now
      let resumptions = handle(state.pool.advance(now: now), &state)
      return (resumptions, state.pool.nextTime(now: now))
    }
    for (continuation, place) in resumptions { continuation.resume(returning: place) }
    if let next { timer.arm(at: next) { [weak self] in self?.advance() } }
  }

  /// - Returns: whom to tell what, once the lock is left.
  func handle(
    _ events: [ServerPool.Event], _ state: inout State
  ) -> [(CheckedContinuation<Place, Never>, Place)] {
    var resumptions: [(CheckedContinuation<Place, Never>, Place)] = []
    func resume(_ id: UInt64, _ place: Place) {
      if let continuation = state.continuations.removeValue(forKey: id) { resumptions.append((continuation, place)) }
    }
    for event in events {
      switch event {
      case .granted(let id, let server): resume(id, .at(server: server))
      case .lapsed(let id): resume(id, .lapsed)
      case .refused(let id, let server):
        resume(id, .refused(failure(state.failures[server] ?? .cancelled, server)))
      case .probe(let probe): begin(probe, &state)
      }
    }
    return resumptions
  }
}

extension LanguageModelStatistics.Server.Breaker {
  init(_ state: CircuitBreaker.State) {
    switch state {
    case .closed: self = .closed
    case .open: self = .open
    case .halfOpen: self = .halfOpen
    }
  }
}
