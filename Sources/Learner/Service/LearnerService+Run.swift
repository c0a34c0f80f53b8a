import Runtime
import Transport
import Wire

extension LearnerService {
  /// The role's loop: until the run's steps are done, it is stopped by a signal, or it cannot go on.
  /// - Throws: `RunError.failed` in the last case; a checkpoint of the last good state has been kept.
  public func run(signals: ProcessSignals) throws {
    let poller = Poller()
    _ = poller.add(socket)
    _ = poller.add(wake)
    _ = poller.add(descriptor: signals.descriptor)
    if let authenticator { _ = poller.add(authenticator) }
    loop.start()
    while end == nil {
      do {
        let wait = secondsToWait(now: MonotonicClock.seconds)
        _ = try poller.wait(milliseconds: Int(wait * 1000) + 1)
        if let signal = signals.next() { stop("received \(signal)") }
        try authenticator?.pump { reporter.refused("\($0)", now: MonotonicClock.seconds) }
        try pump(now: MonotonicClock.seconds)
      } catch {
        // The trainer saves its state before it ends.
        loop.queue.close()
        end = .failed("\(error)")
      }
    }
    loop.join()
    try finish()
  }

  /// Asks the trainer to end after its current update.
  func stop(_ reason: String) {
    reporter.log.info("\(reason): stopping after the current update")
    loop.queue.close()
  }

  /// Tells the peers, says how it ended, and withdraws the run's address.
  public func finish() throws {
    guard let end else { return }
    takeTrainerEvents(MonotonicClock.seconds)
    dismissPeers(end.text)
    reporter.finish(end, snapshot, times: loop.times.take(), now: MonotonicClock.seconds)
    directory.withdraw()
    if !isInline { awaitFarewells() }
    if case .failed(let reason) = end { throw RunError.failed(reason) }
  }

  /// How long a dismissed peer may take to answer.
  private static let farewellSeconds = 1.0

  /// Waits until every peer has answered its dismissal, and reads what they still send: closing while a peer sends resets
  /// its connection, and what it was told is lost with it.
  private func awaitFarewells() {
    let poller = Poller()
    _ = poller.add(socket)
    let deadline = MonotonicClock.seconds + Self.farewellSeconds
    while !sessions.isEmpty, MonotonicClock.seconds < deadline {
      _ = try? poller.wait(milliseconds: Int((deadline - MonotonicClock.seconds) * 1000) + 1)
      for _ in 0..<Self.maximumMessagesPerPump {
        guard let message = try? socket.receive() else { break }
        guard let envelope = try? WireCodec.decode(message.frames, limits: limits) else { continue }
        if case .goodbye = envelope.message { sessions[message.peer] = nil }
      }
    }
  }
}
