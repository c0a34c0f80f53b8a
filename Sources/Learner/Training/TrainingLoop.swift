import CPlatform
import Configuration
import Foundation
import Runtime
import Transport

/// The training loop: batch, labels, update, publish, checkpoint, report. One turn at a time, on its own thread or, in
/// `tengu serial`, on the caller's.
///
/// The trainer is used by the thread of `run` alone, or by the caller of `turn` alone.
final class TrainingLoop: @unchecked Sendable {
  /// Updates that may be skipped in a row before the run stops: by then it is not one bad batch.
  static let maximumSkippedInARow = 10

  let trainer: Trainer
  let queue: RolloutQueue
  let news = RewardInbox()
  let publisher: PolicyPublisher
  let times = TrainerTimes()
  /// nil where nobody asks by it.
  let uncertainties: UncertaintyBox?
  private let counters: CounterBox
  private let saver: CheckpointSaver
  private let report: @Sendable (TrainerEvent) -> Void
  private let batchFrames: Int
  private let maximumLag: Int
  private let totalFrames: Int
  private let publishUpdates: UInt64
  private var skippedInARow = 0
  private var firstNonFiniteTensor = ""
  private let ended = DispatchSemaphore(value: 0)

  init(
    trainer: Trainer, queue: RolloutQueue, counters: CounterBox, saver: CheckpointSaver,
    report: @escaping @Sendable (TrainerEvent) -> Void
  ) {
    self.trainer = trainer
    self.queue = queue
    self.counters = counters
    self.saver = saver
    self.report = report
    let configuration = trainer.plan.configuration
    batchFrames = configuration.learner.batchSize
    maximumLag = configuration.learner.maximumPolicyLag
    totalFrames = configuration.run.steps
    publishUpdates = UInt64(configuration.learner.publishUpdates)
    uncertainties = configuration.annotator.uncertainWeight > 0 ? UncertaintyBox() : nil
    publisher = PolicyPublisher(version: trainer.version, parameters: trainer.parameters)
  }

  /// Starts the loop on a thread of its own.
  func start() {
    let thread = Thread { [self] in
      tengu_name_thread("trainer")
      report(.finished(run()))
      ended.signal()
    }
    thread.stackSize = 8 << 20
    thread.start()
  }

  func join() { ended.wait() }

  private func run() -> TrainerEnd {
    var asked = MonotonicClock.seconds
    while let batch = queue.takeBatch(frames: batchFrames, version: trainer.version, maximumLag: maximumLag) {
      times.add(wait: MonotonicClock.seconds - asked)
      if let end = turn(batch) {
        checkpoint()
        return end
      }
      asked = MonotonicClock.seconds
    }
    checkpoint()
    return .stopped
  }

  /// One turn if a batch is ready. For the serial mode.
  /// - Returns: whether there was one, and how the run ended if it did.
  func turnIfReady() -> (worked: Bool, end: TrainerEnd?) {
    guard let batch = queue.takeBatchIfReady(frames: batchFrames, version: trainer.version, maximumLag: maximumLag)
    else { return (false, nil) }
    let end = turn(batch)
    if end != nil { checkpoint() }
    return (true, end)
  }

  /// Saves the state now, whatever the interval.
  func checkpoint() {
    saver.save(trainer, counters.current, report: report)
    report(.audited(trainer.compareAudit()))
  }

  private func turn(_ batch: RolloutBatch) -> TrainerEnd? {
    if !batch.stale.isEmpty { discard(batch.stale) }
    guard !batch.unrolls.isEmpty else { return nil }
    // Told before the update, so that workers fill the next batch meanwhile.
    report(.taken(batch.unrolls.map(\.source)))
    let began = MonotonicClock.seconds
    let learned: Double
    let result: TrainReport
    do {
      try trainer.learn(news.takeAll())
      uncertainties?.update(from: trainer.rewardModel)
      learned = MonotonicClock.seconds
      result = try trainer.train(batch.unrolls)
    } catch {
      return .failed("\(error)")
    }
    counters.update {
      $0.frames += result.frames
      $0.updates = result.version
      if result.statistics.nonFiniteTensor != nil { $0.skippedUpdates += 1 }
    }
    let trained = MonotonicClock.seconds
    if result.version.isMultiple(of: publishUpdates) {
      publisher.publish(version: result.version, parameters: trainer.parameters)
    }
    var spent = result.times
    spent.rewards += learned - began
    spent.publish = MonotonicClock.seconds - trained
    times.add(spent)
    report(.trained(result))
    return endOrGoOn(result)
  }

  private func endOrGoOn(_ result: TrainReport) -> TrainerEnd? {
    if let tensor = result.statistics.nonFiniteTensor {
      if skippedInARow == 0 { firstNonFiniteTensor = tensor }
      skippedInARow += 1
      if skippedInARow >= Self.maximumSkippedInARow {
        return .failed("\(skippedInARow) updates in a row were not finite, first \(firstNonFiniteTensor)")
      }
    } else {
      skippedInARow = 0
    }
    if counters.current.frames >= totalFrames { return .completed }
    if saver.isDue { checkpoint() }
    return nil
  }

  private func discard(_ stale: [QueuedUnroll]) {
    counters.update { counters in counters.discardedStale += stale.reduce(0) { $0 + $1.frames } }
    report(.discarded(stale.map(\.source)))
  }
}
