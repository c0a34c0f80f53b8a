import Judging

extension LanguageModelPool {
  /// Asks one server after the other until one answers. Of a question that every server refuses or misreads for good, the
  /// last failure is thrown; of one that no server took in time, `ModelFailure.unavailable`.
  /// - Parameter deadlineSeconds: from now; waiting for a place, discovery and retries included.
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
        if let refusal = enqueue(question, continuation) { return continuation.resume(returning: refusal) }
        // A cancellation that came before there was a continuation found nothing to end.
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

  /// - Returns: nil when the question waits.
  private func enqueue(
    _ question: ServerPool.Waiting, _ continuation: CheckedContinuation<Place, Never>
  ) -> Place? {
    state.withLock { state in
      guard !state.isClosed else { return .cancelled }
      guard state.pool.enqueue(question) else {
        return .refused(.unavailable("\(ServerPool.maximumWaiting) questions wait already"))
      }
      state.continuations[question.id] = continuation
      return nil
    }
  }

  private func withdraw(_ id: UInt64) {
    let continuation = state.withLock { state in
      _ = state.pool.withdraw(id)
      return state.continuations.removeValue(forKey: id)
    }
    continuation?.resume(returning: .cancelled)
  }

  /// One question to one server. A field it answers 400 to is dropped, from later questions too once that has helped.
  private func attempt(
    _ question: ModelQuestion, _ server: Int, _ deadline: Double
  ) async throws(AttemptFailure) -> ModelAnswer {
    let kind = QuestionKind(question)
    guard let found = state.withLock({ $0.capabilities[server] }), let offered = found.features[kind] else {
      throw .unreachable("it has not been found out about")
    }
    let wished = QuestionFeatures(
      alternatives: min(question.topAlternatives, offered.alternatives), constraint: offered.constraint)
    var features = wished
    while true {
      let seconds = min(options.requestTimeoutSeconds, deadline - clock.now)
      guard seconds > 0 else { throw .timeout(0) }
      do {
        var answer = try await connections[server].ask(
          question, model: found.model, features: features, timeoutSeconds: seconds)
        if features != wished { drop(wished, for: features, server, kind) }
        if answer.model.isEmpty { answer.model = found.model }
        return answer
      } catch .status(let status, let text, let wait) where status == 400 || status == 422 {
        guard let reduced = features.reduced else { throw .status(status, text, retryAfterSeconds: wait) }
        features = reduced
        state.withLock { $0.statistics.retried += 1 }
      }
    }
  }

  private func drop(_ wished: QuestionFeatures, for features: QuestionFeatures, _ server: Int, _ kind: QuestionKind) {
    let isNews = state.withLock { state in
      guard let offered = state.capabilities[server]?.features[kind], offered.constraint == wished.constraint else {
        return false
      }
      state.capabilities[server]?.features[kind] = features
      return offered != features
    }
    if isNews { options.log("\(connections[server].address): takes fewer fields than it seemed; \(features)") }
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

  /// A request that the question's own deadline cut short tells nothing of the server.
  private func outcome(_ failure: AttemptFailure) -> ServerOutcome {
    if case .timeout(let seconds) = failure, seconds < options.requestTimeoutSeconds / 2 { return .untold }
    return failure.outcome
  }

  /// Decides where the question goes next, and waits if that is where it has just failed.
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
    // Of several servers another may be free before this one wants to be asked again: the pool leaves it alone.
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

  func failure(_ failure: AttemptFailure, _ server: Int) -> ModelFailure {
    let address = connections[server].address.description
    return switch failure {
    case .status(let status, let text, _): .refused(server: address, status: status, text)
    case .malformed(let text): .malformed(server: address, text)
    case .cancelled: .cancelled
    case .unreachable, .timeout: .unavailable("\(address): \(failure)")
    }
  }

  /// The deadline has passed; the servers' latest failures say why.
  private func lapsed() -> ModelFailure {
    let failures = state.withLock { $0.failures }
    let reasons = zip(connections, failures).compactMap { connection, failure in
      failure.map { "\(connection.address): \($0)" }
    }
    return .unavailable(
      reasons.isEmpty ? "no server was free in time" : "no answer in time; " + reasons.joined(separator: "; "))
  }
}
