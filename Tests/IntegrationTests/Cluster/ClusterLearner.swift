import Configuration
import Foundation
import Runtime
import Synchronization
import TestSupport
import Transport

@testable import Learner

/// A learner on its own thread, reached over TCP like any other.
final class ClusterLearner: Sendable {
  /// How `stop` ends the learner.
  enum Ending { case orderly, restart, crash }

  /// What tests read while it runs.
  private struct Handles: Sendable {
    let mailbox: TrainerMailbox<RunAlgorithm>
    let endpoint: Endpoint
  }

  private let thread: ServiceThread
  private let handles: Handles
  private let run: URL

  /// Returns when the learner listens.
  /// - Parameter ending: what `stop` does: a learner that crashes sends its peers no goodbye.
  ///   With `keys` it accepts only their owners.
  /// - Throws: the reason why the run could not be opened.
  init(
    _ configuration: RunConfiguration, in folder: TemporaryDirectory, resume: LearnerOptions.Resume = .never,
    ending: Ending = .orderly, keys: ClusterKeys? = nil
  ) throws {
    var options = LearnerOptions(configuration: configuration, runName: "run")
    options.runsDirectory = folder.path
    options.resume = resume
    options.logStream = nil
    options.keyPath = keys?.learnerPath
    options.allowPath = keys?.allowed
    run = folder.url.appending(path: "run")
    let opened = Promise<Handles>()
    thread = try ServiceThread { [options] stop in
      let service = try LearnerService.open(options, context: MessagingContext())
      let address = try String(contentsOfFile: "\(options.runsDirectory)/run/endpoint", encoding: .utf8)
      opened.fulfil(
        Handles(
          mailbox: service.mailbox,
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
    service.watch(poller)
    _ = poller.add(stop.wake)
    service.start()
    while service.end == nil {
      _ = try poller.wait(milliseconds: 10)
      if stop.isRequested, ending == .crash {
        service.stop("the test crashes it")
        return service.joinTrainer()
      }
      if stop.isRequested { service.stop("the test is over", comesBack: ending == .restart) }
      stop.wake.clear()
      try service.pump(now: MonotonicClock.seconds)
    }
    service.joinTrainer()
    try service.finish()
  }

  var endpoint: Endpoint { handles.endpoint }
  var counters: RunCounters { handles.mailbox.counters }
  /// The newest published policy.
  var policy: (policyVersion: UInt64, parameters: [Float]) {
    let policy = handles.mailbox.policy.current
    let parameters = UnsafeBufferPointer(start: policy.parameters.pointer, count: policy.parameters.count)
    return (policy.policyVersion, Array(parameters))
  }
  /// Steps waiting; after the end, those that were never trained on.
  var queued: Int { handles.mailbox.queue.depth }

  var log: String { (try? String(contentsOf: run.appending(path: "learner.log"), encoding: .utf8)) ?? "" }
  var labels: String { run.appending(path: "labels.sqlite").path }
  var metrics: URL { run.appending(path: "metrics.jsonl") }

  func waitForLog(_ text: String) throws { try wait(until: "log: \(text)") { log.contains(text) } }

  /// Waits until `count` more steps were trained on.
  func waitForSteps(_ count: Int) throws {
    let goal = counters.trainedSteps + count
    try wait(until: "step \(goal)") { counters.trainedSteps >= goal }
  }

  /// Ends the learner and waits for it.
  func stop() throws {
    thread.stop.request()
    try thread.join()
  }

  /// Waits until the run ends.
  func join() throws { try thread.join() }
}

/// A value that another thread provides.
final class Promise<Value: Sendable>: Sendable {
  private let content = Mutex<Value?>(nil)

  func fulfil(_ value: Value) { content.withLock { $0 = value } }
  var value: Value? { content.withLock { $0 } }
}
