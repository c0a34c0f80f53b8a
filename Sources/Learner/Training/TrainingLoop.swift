import ActorCritic
import Foundation
import Runtime
import Tensor
import Transport

/// The training loop: take a batch, learn, update, publish, save, report. One turn at a time, on its own thread or, in
/// `tengu serial`, on the caller's.
///
/// Only the thread of `start`, or the caller of `turnIfReady`, uses the algorithm.
final class TrainingLoop<Method: Algorithm>: @unchecked Sendable {
  struct Options: Sendable {
    /// Frames of an update.
    var batchFrames: Int
    /// Policy versions that a rollout may be old.
    var maximumLag: Int
    /// Trained steps after which the run is complete.
    var totalSteps: Int
    /// Updates between two published policies.
    var publishUpdates: UInt64
    /// Whether the loop saves a checkpoint when one is due; otherwise its owner does.
    var savesWhenDue = true
  }

  /// Skipped updates in a row that end the run: ten of them are not one bad batch.
  static var maximumSkippedInARow: Int { 10 }

  private let algorithm: Method
  private let mailbox: TrainerMailbox<Method>
  /// Nil if another learner saves the run.
  private let saver: CheckpointSaver?
  private let batches: any BatchSource<Method.Item>
  private let options: Options
  private var skippedInARow = 0
  private var firstNonFiniteTensor = ""
  /// Seconds of waiting and of saving that no report has yet.
  private var waited = 0.0
  private var spentSaving = 0.0
  /// Whether an error ended the loop that the other learners of the run do not have: they still wait for this one.
  private(set) var endedAlone = false
  private let ended = DispatchSemaphore(value: 0)

  /// - Parameters:
  ///   - saver: nil if another learner saves the run.
  ///   - batches: what the loop's own thread trains on; nil for the mailbox's queue.
  init(
    _ options: Options, algorithm: Method, mailbox: TrainerMailbox<Method>, saver: CheckpointSaver?,
    batches: (any BatchSource<Method.Item>)? = nil
  ) {
    self.batches = batches ?? mailbox.queue
    self.options = options
    self.algorithm = algorithm
    self.mailbox = mailbox
    self.saver = saver
  }

  /// Starts the loop on its own thread. It runs until the run ends or the queue is closed, and saves a checkpoint at
  /// its end.
  func start() {
    let thread = Thread { [self] in
      CurrentThread.setName("trainer")
      mailbox.report(.finished(run()))
      ended.signal()
    }
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// Waits for the end of the loop's thread.
  func join() { ended.wait() }

  /// Makes one turn if a batch is ready, on the caller's thread.
  /// - Returns: whether there was one, and how the run ended if it did.
  func turnIfReady() -> (worked: Bool, end: RunEnd?) {
    guard let batch = mailbox.queue.takeBatchIfReady(request) else { return (false, nil) }
    return (true, turn(batch).map(saved))
  }

  /// Saves the state that a run ends with.
  /// - Returns: how the run ended: it failed if the state is not saved.
  func saved(_ end: RunEnd) -> RunEnd {
    guard let reason = checkpoint() else { return end }
    return end.without("its last checkpoint was not written: \(reason). \(saver?.kept ?? "")")
  }

  /// Saves the state now, whatever the interval.
  /// - Returns: why it is not saved; nil if it is.
  @discardableResult
  func checkpoint() -> String? {
    guard let saver else { return nil }
    let began = MonotonicClock.seconds
    defer {
      mailbox.report(.audited(algorithm.audit()))
      spentSaving += MonotonicClock.seconds - began
    }
    return saver.save(algorithm, mailbox.counters) { mailbox.report(.checkpoint($0)) }
  }

  /// Whether a checkpoint is due.
  var isCheckpointDue: Bool { saver?.isDue(at: mailbox.counters.trainedSteps) ?? false }

  private var request: BatchRequest {
    BatchRequest(
      frames: options.batchFrames, policyVersion: algorithm.policyVersion, maximumLag: options.maximumLag)
  }

  private func run() -> RunEnd {
    var asked = MonotonicClock.seconds
    while let batch = batches.takeBatch(request) {
      waited += MonotonicClock.seconds - asked
      if let end = turn(batch) { return saved(end) }
      asked = MonotonicClock.seconds
    }
    return saved(batches.end)
  }

  /// - Returns: how the run ended; nil if it continues.
  private func turn(_ batch: RolloutBatch<Method.Item>) -> RunEnd? {
    if !batch.stale.isEmpty { discard(batch.stale) }
    guard !batch.items.isEmpty else { return nil }
    // Reported before the update, so that workers fill the next batch in the meantime.
    mailbox.report(.taken(TakenBatch(sources: batch.items.map(\.source), waited: batch.waited, queued: batch.queued)))
    let report: Method.Report
    do {
      report = try update(batch.items)
    } catch {
      endedAlone = !Self.isOfAllLearners(error)
      return .failed("\(error)")
    }
    mailbox.report(.trained(report))
    if let end = endAfterSkippedUpdates(report) { return end }
    if mailbox.counters.trainedSteps >= options.totalSteps { return .completed }
    if options.savesWhenDue, isCheckpointDue { checkpoint() }
    return nil
  }

  /// Learns, trains, counts and publishes.
  private func update(_ items: [Method.Item]) throws -> Method.Report {
    let began = MonotonicClock.seconds
    try algorithm.learn(mailbox.takeUpdate())
    let learned = MonotonicClock.seconds
    var report = try algorithm.train(items)
    mailbox.count {
      $0.trainedSteps += report.frames
      $0.discardedNotFinite += report.discardedFrames
      $0.policyVersion = report.policyVersion
      if report.nonFiniteTensor != nil { $0.skippedUpdates += 1 }
    }
    let trained = MonotonicClock.seconds
    if report.nonFiniteTensor == nil, report.policyVersion.isMultiple(of: options.publishUpdates) {
      try expectFiniteParameters()
      mailbox.policy.publish(policyVersion: report.policyVersion, parameters: algorithm.parameters)
    }
    report.times.wait += waited
    report.times.rewards += learned - began
    report.times.publish += MonotonicClock.seconds - trained
    report.times.checkpoint += spentSaving
    (waited, spentSaving) = (0, 0)
    return report
  }

  /// Whether every learner of a run has this error at the same time, because all have the same parameters.
  private static func isOfAllLearners(_ error: any Error) -> Bool {
    if case TrainStepError.stateNotFinite = error { return true }
    return error is RunError
  }

  /// Whatever the algorithm checks itself, no worker receives a policy that is not finite.
  private func expectFiniteParameters() throws {
    let parameters = algorithm.parameters
    guard let index = ElementRange.firstNotFinite(parameters.pointer, count: parameters.count) else { return }
    throw RunError.failed("parameter \(index) of the policy is not finite; it was not published")
  }

  /// - Returns: the run's failure once too many updates in a row were skipped.
  private func endAfterSkippedUpdates(_ report: Method.Report) -> RunEnd? {
    guard let tensor = report.nonFiniteTensor else {
      skippedInARow = 0
      return nil
    }
    if skippedInARow == 0 { firstNonFiniteTensor = tensor }
    skippedInARow += 1
    guard skippedInARow >= Self.maximumSkippedInARow else { return nil }
    return .failed("\(skippedInARow) updates in a row were not finite, first \(firstNonFiniteTensor)")
  }

  private func discard(_ stale: [Method.Item]) {
    mailbox.count { $0.discardedStale += stale.reduce(0) { $0 + $1.frames } }
    mailbox.report(.discarded(stale.map(\.source)))
  }
}
