import Configuration
import Foundation
import Runtime
import Synchronization
import TestSupport
import Transport
@testable import Learner

/// A learner on a thread of its own, reached over TCP as any other.
final class ClusterLearner: Sendable {
  /// How it is to end.
  enum Ending { case orderly, crash }

  /// What may be read while it runs: each guards itself.
  private struct Handles: Sendable {
    let counters: CounterBox
    let queue: RolloutQueue
    let endpoint: Endpoint
  }

  private let thread: ServiceThread
  private let handles: Handles
  private let run: URL

  /// Returns when the learner listens.
  /// - Parameter ending: what `stop` does: a learner that crashes says goodbye to nobody.
  /// - Throws: what kept it from opening its run.
  init(
    _ configuration: RunConfiguration, in folder: TemporaryDirectory, resume: LearnerOptions.Resume = .never,
    ending: Ending = .orderly
  ) throws {
    var options = LearnerOptions(configuration: configuration, runName: "run")
    options.runsDirectory = folder.path
    options.resume = resume
    options.logStream = nil
    run = folder.url.appending(path: "run")
    let opened = Promise<Handles>()
    thread = try ServiceThread { [options] stop in
      let service = try LearnerService.open(options, context: MessagingContext())
      let address = try String(contentsOf: service.directory.endpoint, encoding: .utf8)
      opened.fulfil(
        Handles(
          counters: service.counters, queue: service.loop.queue,
          endpoint: try Endpoint(address.trimmingCharacters(in: .whitespacesAndNewlines))))
      try Self.serve(service, stop, ending)
    }
    let thread = thread
    try wait(until: "the learner listens") { opened.value != nil || thread.hasEnded }
    guard let handles = opened.value else {
      try thread.join()
      throw Timeout(what: "the learner listens")
    }
    self.handles = handles
  }

  /// `LearnerService.run`, ended by `stop` instead of a signal.
  private static func serve(_ service: LearnerService, _ stop: StopSignal, _ ending: Ending) throws {
    let poller = Poller()
    _ = poller.add(service.socket)
    _ = poller.add(service.wake)
    _ = poller.add(stop.wake)
    service.loop.start()
    while service.end == nil {
      _ = try poller.wait(milliseconds: 10)
      if stop.isRequested, ending == .crash {
        service.loop.queue.close()
        return service.loop.join()
      }
      if stop.isRequested { service.stop("the test is over") }
      stop.wake.clear()
      try service.pump(now: MonotonicClock.seconds)
    }
    service.loop.join()
    try service.finish()
  }

  var endpoint: Endpoint { handles.endpoint }
  var counters: RunCounters { handles.counters.current }
  /// Frames waiting; after the end, those that were never trained on.
  var queued: Int { handles.queue.depth }

  var log: String { (try? String(contentsOf: run.appending(path: "learner.log"), encoding: .utf8)) ?? "" }
  var labels: String { run.appending(path: "labels.sqlite").path }
  var metrics: URL { run.appending(path: "metrics.jsonl") }

  func waitForLog(_ text: String) throws { try wait(until: "log: \(text)") { log.contains(text) } }

  /// Waits until `count` more steps were trained on.
  func waitForSteps(_ count: Int) throws {
    let goal = counters.frames + count
    try wait(until: "step \(goal)") { counters.frames >= goal }
  }

  /// Ends the learner and waits for it.
  func stop() throws {
    thread.stop.request()
    try thread.join()
  }

  /// Waits until it ends by itself.
  func join() throws { try thread.join() }
}

/// A value that another thread provides.
final class Promise<Value: Sendable>: Sendable {
  private let content = Mutex<Value?>(nil)

  func fulfil(_ value: Value) { content.withLock { $0 = value } }
  var value: Value? { content.withLock { $0 } }
}
