import Judging
import Runtime
import Synchronization

/// Several OpenAI-compatible servers as one language model: retries, failover, a circuit breaker and a limit of
/// requests for each server, and discovery of each server's features.
///
/// Values without I/O or clock make the decisions (`ServerPool`, `CircuitBreaker`, `RetryPolicy`); this class moves
/// questions between them and `HTTPClient`. Nothing is sent before the first question.
public final class LanguageModelPool: LanguageModel {
  let options: LanguageModelOptions
  let connections: [ServerConnection]
  private let clock: PoolClock
  private let state: Mutex<PoolState>
  private let retry = RetryPolicy()
  private let http: HTTPClient
  private let timer: WakeUpTimer

  /// Reads the key. It contacts no server.
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
          connectTimeoutSeconds: options.connectTimeoutSeconds, thinking: options.thinking,
          authorities: options.authorities))
    }
    self.http = http
    self.connections = connections
    state = Mutex(PoolState(options: options))
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
    let (continuations, probes) = state.withLock { $0.close() }
    for continuation in continuations { continuation.resume(returning: .cancelled) }
    for probe in probes { probe.cancel() }
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

  /// Assigns places and starts probes, now and whenever a time of the pool is due.
  private func advance() {
    let (resumptions, next) = state.withLock { state in
      // Read the clock once: what became due between two readings would be missed.
      let now = clock.now
      let resumptions = handle(state.pool.advance(now: now), &state)
      return (resumptions, state.pool.nextTime(now: now))
    }
    for (continuation, place) in resumptions { continuation.resume(returning: place) }
    if let next { timer.arm(at: next) { [weak self] in self?.advance() } }
  }

  /// - Returns: the continuations to resume after the lock is released.
  private func handle(
    _ events: [ServerPool.Event], _ state: inout PoolState
  ) -> [(CheckedContinuation<Placement, Never>, Placement)] {
    var resumptions: [(CheckedContinuation<Placement, Never>, Placement)] = []
    func resume(_ id: UInt64, _ place: Placement) {
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

  // MARK: Questions

  /// Asks one server after the other until one answers. If every server refuses the question permanently it throws the
  /// last failure; if no server answers in time it throws `ModelFailure.unavailable`.
  /// - Parameter deadlineSeconds: from now, including the wait for a place, discovery and retries.
  public func answer(
    _ question: ModelQuestion, deadlineSeconds: Double
  ) async throws(ModelFailure) -> ModelAnswer {
    state.withLock { state in
      state.statistics.asked += 1
      state.statistics.inFlight += 1
    }
    let result: Result<ModelAnswer, ModelFailure>
    do throws(ModelFailure) {
      result = .success(try await search(question, deadlineSeconds))
    } catch {
      result = .failure(error)
    }
    state.withLock { $0.statistics.end(result) }
    return try result.get()
  }

  private func search(_ question: ModelQuestion, _ deadlineSeconds: Double) async throws(ModelFailure) -> ModelAnswer {
    let start = clock.now
    let deadline = start + deadlineSeconds
    var wish = ServerPool.Waiting(id: 0, kind: QuestionKind(question), deadline: deadline)
    var attempts = 0
    while true {
      let server = try await place(&wish)
      if attempts > 0 { state.withLock { $0.statistics.retried += 1 } }
      attempts += 1
      do throws(AttemptFailure) {
        var answer = try await attempt(question, server, deadline)
        finish(server, .succeeded, failure: nil)
        answer.server = connections[server].address.description
        answer.latencySeconds = clock.now - start
        return answer
      } catch {
        finish(server, outcome(error), failure: error)
        try await recover(from: error, server, &wish, attempts)
      }
    }
  }

  /// Waits for a place at a server.
  private func place(_ wish: inout ServerPool.Waiting) async throws(ModelFailure) -> Int {
    guard wish.deadline > clock.now else { throw lapsed() }
    let id = state.withLock { $0.makeID() }
    wish = ServerPool.Waiting(
      id: id, kind: wish.kind, deadline: wish.deadline, excluded: wish.excluded, avoided: wish.avoided)
    let question = wish
    let place = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if let refusal = state.withLock({ $0.enqueue(question, continuation) }) {
          return continuation.resume(returning: refusal)
        }
        // A cancellation before this point found no continuation to resume.
        if Task.isCancelled { withdraw(id) } else { advance() }
      }
    } onCancel: {
      withdraw(id)
    }
    switch place {
    case .at(let server): return server
    case .lapsed: throw lapsed()
    case .refused(let failure): throw failure
    case .cancelled: throw .cancelled
    }
  }

  private func withdraw(_ id: UInt64) {
    state.withLock { $0.withdraw(id) }?.resume(returning: .cancelled)
  }

  /// Asks one server once. If it answers 400, an optional field is dropped, and also from later questions if that
  /// helps.
  private func attempt(
    _ question: ModelQuestion, _ server: Int, _ deadline: Double
  ) async throws(AttemptFailure) -> ModelAnswer {
    let kind = QuestionKind(question)
    guard let found = state.withLock({ $0.capabilities[server] }), let offered = found.features[kind] else {
      throw .unreachable("its features are unknown")
    }
    var wished = offered
    wished.alternatives = min(question.topAlternatives, offered.alternatives)
    var features = wished
    while true {
      let seconds = min(options.requestTimeoutSeconds, deadline - clock.now)
      guard seconds > 0 else { throw .timeout(0) }
      do {
        var answer = try await connections[server].ask(
          question, at: found.base, model: found.model, features: features, timeoutSeconds: seconds)
        if features != wished, state.withLock({ $0.reduce(wished, to: features, server, kind) }) {
          options.log("\(connections[server].address): supports fewer fields than discovery found; \(features)")
        }
        if answer.model.isEmpty { answer.model = found.model }
        return answer
      } catch .status(let status, let text, let wait) where status == 400 || status == 422 {
        guard let reduced = features.reduced else { throw .status(status, text, retryAfterSeconds: wait) }
        features = reduced
        state.withLock { $0.statistics.retried += 1 }
      }
    }
  }

  /// Frees the place.
  private func finish(_ server: Int, _ outcome: ServerOutcome, failure: AttemptFailure?) {
    let hasOpened = state.withLock { state in
      if let failure, failure != .cancelled { state.failures[server] = failure }
      let hasOpened = state.pool.finish(server, outcome, now: clock.now)
      return hasOpened && state.lost.insert(server).inserted
    }
    if hasOpened { logLoss(of: server, failure) }
    advance()
  }

  /// A request that the question's deadline cut short says nothing about the server.
  private func outcome(_ failure: AttemptFailure) -> ServerOutcome {
    if case .timeout(let seconds) = failure, seconds < options.requestTimeoutSeconds / 2 { return .unknown }
    return failure.outcome
  }

  /// Decides which server the question goes to next, and waits if it is the one that failed.
  private func recover(
    from failure: AttemptFailure, _ server: Int, _ wish: inout ServerPool.Waiting, _ attempts: Int
  ) async throws(ModelFailure) {
    if failure == .cancelled { throw .cancelled }
    guard failure.isRetryable else {
      wish.excluded.insert(server)
      if wish.excluded.count == connections.count { throw self.failure(failure, server) }
      return
    }
    let isRepeated = !wish.avoided.insert(server).inserted
    guard isRepeated || wish.avoided.union(wish.excluded).count == connections.count else { return }
    wish.avoided = []
    // With several servers the pool keeps the server's pause, because another server may be free earlier.
    let retryAfter = connections.count - wish.excluded.count == 1 ? failure.retryAfterSeconds : nil
    let remaining = wish.deadline - clock.now
    let pause = state.withLock { state in
      retry.pause(
        attempt: attempts - 1, retryAfterSeconds: retryAfter, remainingSeconds: remaining, using: &state.generator)
    }
    guard let pause else { throw lapsed() }
    do { try await clock.sleep(until: clock.now + pause) } catch { throw .cancelled }
  }

  // MARK: Failures

  private func failure(_ failure: AttemptFailure, _ server: Int) -> ModelFailure {
    let address = connections[server].address.description
    return switch failure {
    case .status(let status, let text, _): .refused(server: address, status: status, text)
    case .malformed(let text): .malformed(server: address, text)
    case .cancelled: .cancelled
    case .unreachable, .timeout: .unavailable("\(address): \(failure)")
    }
  }

  /// The failure after the deadline; the servers' latest failures give the reason.
  private func lapsed() -> ModelFailure {
    let failures = state.withLock { $0.failures }
    let reasons = zip(connections, failures).compactMap { connection, failure in
      failure.map { "\(connection.address): \($0)" }
    }
    return .unavailable(
      reasons.isEmpty ? "no server was free in time" : "no answer in time; " + reasons.joined(separator: "; "))
  }

  // MARK: Discovery
  //
  // Discovery is the probe of every breaker, because a server may return from an outage with another model.

  /// Called under the lock.
  private func begin(_ probe: ServerPool.Probe, _ state: inout PoolState) {
    let id = state.makeID()
    // The probe does not depend on the question that caused it, which may end earlier.
    let model = state.model
    state.probes[id] = Task { [self] in
      let discovery = Discovery(
        connection: connections[probe.server], model: model, timeoutSeconds: options.requestTimeoutSeconds)
      do throws(AttemptFailure) {
        end(probe, id, .success(try await discovery.run(probe.kind)))
      } catch {
        end(probe, id, .failure(error))
      }
    }
  }

  private func end(_ probe: ServerPool.Probe, _ id: UInt64, _ result: Result<ServerCapabilities, AttemptFailure>) {
    var isNew = false
    let resumptions = state.withLock { state in
      state.probes[id] = nil
      let outcome: ServerOutcome
      var isRefusal = false
      switch state.agreed(result) {
      case .success(let found):
        outcome = .succeeded
        state.model = state.model ?? found.model
        isNew = state.lost.remove(probe.server) != nil || state.capabilities[probe.server]?.features[probe.kind] == nil
        state.store(found, of: probe)
      case .failure(let failure):
        // The server refuses the caller or the model, so it will refuse every question.
        outcome = failure == .cancelled ? .unknown : .failed(pauseSeconds: failure.retryAfterSeconds)
        isRefusal = !failure.isRetryable && failure != .cancelled
        if failure != .cancelled {
          // A server that refuses after an outage has a new failure to report.
          let isOther = isRefusal && state.failures[probe.server] != failure
          isNew = state.lost.insert(probe.server).inserted || isOther
          state.failures[probe.server] = failure
        }
      }
      return handle(
        state.pool.endProbe(probe, outcome, isRefusal: isRefusal, now: clock.now), &state)
    }
    switch state.withLock({ $0.agreed(result) }) {
    case .success(let found): if isNew { logDiscovery(found, of: probe) }
    case .failure(let failure): if isNew { logLoss(of: probe.server, failure) }
    }
    for (continuation, place) in resumptions { continuation.resume(returning: place) }
    advance()
  }

  // MARK: The log

  private func logLoss(of server: Int, _ failure: AttemptFailure?) {
    options.log("\(connections[server].address): circuit breaker open: \(failure.map { "\($0)" } ?? "failing")")
  }

  private func logDiscovery(_ found: ServerCapabilities, of probe: ServerPool.Probe) {
    let connection = connections[probe.server]
    let model = ErrorText.printable(found.model, key: connection.key)
    let features = found.features[probe.kind].map { ", \($0)" } ?? ""
    options.log("\(connection.address): circuit breaker closed: model \(model)\(features)")
    for remark in found.remarks {
      options.log("\(connection.address): it \(ErrorText.printable(remark, key: connection.key))")
    }
  }

  // MARK: The model's name

  /// Seconds between attempts to learn the model's name.
  private static let pauseSeconds = 1.0

  /// If no model is configured, asks the servers for the name of theirs until one answers, so that it is known before
  /// the first question.
  public func introduce() {
    guard name == nil else { return }
    Task { [weak self] in
      while let pool = self, await !pool.learnsName() {
        try? await Task.sleep(for: .seconds(Self.pauseSeconds))
      }
    }
  }

  /// Asks each server once.
  /// - Returns: whether the name is known or the pool is closed.
  private func learnsName() async -> Bool {
    for (index, connection) in connections.enumerated() {
      let discovery = Discovery(
        connection: connection, model: nil, timeoutSeconds: options.requestTimeoutSeconds)
      do throws(AttemptFailure) {
        let found = try await discovery.findModel()
        state.withLock { $0.model = $0.model ?? found.model }
        return true
      } catch {
        if state.withLock({ $0.isClosed ? false : $0.lost.insert(index).inserted }) { logLoss(of: index, error) }
      }
    }
    return state.withLock { $0.isClosed || $0.model != nil }
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
