
extension LanguageModelPool {
  /// Seconds between attempts to learn the model's name.
  private static let pauseSeconds = 1.0

  /// Where no model is configured, asks the servers for the name of theirs until one tells it, so that it is known before
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
  /// - Returns: whether the name is known now, or nobody wants to know it any more.
  private func learnsName() async -> Bool {
    for (index, connection) in connections.enumerated() {
      let discovery = Discovery(
        connection: connection, model: nil, timeoutSeconds: options.requestTimeoutSeconds)
      do throws(AttemptFailure) {
        let found = try await discovery.findModel()
        state.withLock { $0.model = $0.model ?? found }
        return true
      } catch {
        if state.withLock({ $0.isClosed ? false : $0.lost.insert(index).inserted }) { logLoss(of: index, error) }
      }
    }
    return state.withLock { $0.isClosed || $0.model != nil }
  }
}
