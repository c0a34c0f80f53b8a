import Runtime
import Transport

extension AnnotatorService {
  /// The role's loop: until the run is over or a signal comes.
  public func run(signals: ProcessSignals) throws {
    while !isFinished {
      let poller = Poller()
      _ = poller.add(descriptor: signals.descriptor)
      if let socket = link.socket { _ = poller.add(socket) }
      if let wakeUp = handler?.wakeUp { _ = poller.add(wakeUp) }
      let now = MonotonicClock.seconds
      _ = try poller.wait(milliseconds: Int(max(0, nextDeadline(now: now) - now) * 1000) + 1)
      if let signal = signals.next() {
        log("received \(signal); leaving")
        return shutDown(reason: "received \(signal)")
      }
      try pump(now: MonotonicClock.seconds)
    }
    shutDown(reason: "the run is over")
  }
}
