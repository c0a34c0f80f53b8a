
/// Discovery is every breaker's probe: whoever comes back from an outage may have come back as another.
extension LanguageModelPool {
  /// Called under the lock.
  func begin(_ probe: ServerPool.Probe, _ state: inout State) {
    let id = state.makeID()
    // It does not depend on the question that set it off: that one may be gone before it is through.
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
    var isNews = false
    let resumptions = state.withLock { state in
      state.probes[id] = nil
      let outcome: ServerOutcome
      var isRefusal = false
      switch agreed(result, state) {
      case .success(let found):
        outcome = .succeeded
        state.model = state.model ?? found.model
        isNews = state.lost.remove(probe.server) != nil || state.capabilities[probe.server]?.features[probe.kind] == nil
        store(found, of: probe, &state)
      case .failure(let failure):
        // Refused for what it is or for who asks: what is not fit for one question now is fit for none.
        outcome = failure == .cancelled ? .untold : .failed(pauseSeconds: failure.retryAfterSeconds)
        isRefusal = !failure.isRetryable && failure != .cancelled
        if failure != .cancelled {
          // One that refuses since it came back has something else to tell than that it was gone.
          let isOther = isRefusal && state.failures[probe.server] != failure
          isNews = state.lost.insert(probe.server).inserted || isOther
          state.failures[probe.server] = failure
        }
      }
      return handle(
        state.pool.endProbe(probe, outcome, isRefusal: isRefusal, now: clock.now), &state)
    }
    switch state.withLock({ agreed(result, $0) }) {
    case .success(let found): if isNews { logDiscovery(found, of: probe) }
    case .failure(let failure): if isNews { logLoss(of: probe.server, failure) }
    }
    for (continuation, place) in resumptions { continuation.resume(returning: place) }
    advance()
  }

  /// Servers that were asked at the same time may have answered with different models; the first one stands.
  private func agreed(
    _ result: Result<ServerCapabilities, AttemptFailure>, _ state: State
  ) -> Result<ServerCapabilities, AttemptFailure> {
    guard case .success(let found) = result, let model = state.model, found.model != model else { return result }
    return .failure(
      .status(404, "it has the model \(found.model), another server \(model): configure one", retryAfterSeconds: nil))
  }

  private func store(_ found: ServerCapabilities, of probe: ServerPool.Probe, _ state: inout State) {
    state.failures[probe.server] = nil
    if probe.number == nil, var known = state.capabilities[probe.server], known.model == found.model {
      known.features.merge(found.features) { $1 }
      state.capabilities[probe.server] = known
    } else {
      state.capabilities[probe.server] = found
    }
  }

  // MARK: The log

  func logLoss(of server: Int, _ failure: AttemptFailure?) {
    options.log("\(connections[server].address): circuit breaker open: \(failure.map { "\($0)" } ?? "failing")")
  }

  private func logDiscovery(_ found: ServerCapabilities, of probe: ServerPool.Probe) {
    let connection = connections[probe.server]
    let model = ErrorText.printable(found.model, key: connection.key)
    let features = found.features[probe.kind].map { ", \($0)" } ?? ""
    options.log("\(connection.address): circuit breaker closed: model \(model)\(features)")
  }
}
