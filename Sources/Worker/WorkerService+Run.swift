import Runtime
import Transport

extension WorkerService {
  /// The role's loop: until the run is over or a signal comes.
  public func run(signals: ProcessSignals) throws {
    while !isFinished {
      let poller = Poller()
      _ = poller.add(wake)
      _ = poller.add(descriptor: signals.descriptor)
      if let socket = link.socket { _ = poller.add(socket) }
      let now = MonotonicClock.seconds
      _ = try poller.wait(milliseconds: Int(max(0, nextDeadline(now: now) - now) * 1000) + 1)
      if let signal = signals.next() {
        log("received \(signal); ending after the current unrolls")
        return shutDown(reason: "received \(signal)")
      }
      wake.clear()
      do {
        try pump(now: MonotonicClock.seconds)
      } catch {
        shutDown(reason: "\(error)")
        throw error
      }
    }
    shutDown(reason: "the run is over")
  }
}
