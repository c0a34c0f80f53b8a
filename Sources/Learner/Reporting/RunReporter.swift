import Checkpoints
import Configuration
import Foundation
import IntrinsicReward
import Telemetry
import Wire

/// What a run says of itself: the log, one aligned line an interval, the metrics file, the answer to `tengu status`.
final class RunReporter {
  let log: LogWriter
  private let metrics: MetricsFile
  private let configuration: RunConfiguration
  private let interval: Double
  private let intervalSteps: Int
  private let started: Double
  private var nextLine: Double
  private var stepsOfLastLine = -1
  private var frames: RateMeter
  private var labels: RateMeter
  private(set) var episodes: EpisodeWindow
  private var refusals = LogLimiter()
  private var latest: TrainReport?
  private var checkpointSeconds: Double?
  /// Captions that flipped at the latest checkpoint.
  var flipped: Int?
  private var monitors = RunMonitors()
  private var rolloutTimes = RolloutTimes()
  private var latestTrainerTimes = TrainerTimes.Seconds()
  /// All of this learner's, and what of it the metrics have.
  private var traffic = TrajectoryTraffic()
  private var recordedTraffic = TrajectoryTraffic()

  init(
    log: LogWriter, metrics: MetricsFile, configuration: RunConfiguration, now: Double
  ) {
    self.log = log
    self.metrics = metrics
    self.configuration = configuration
    interval = configuration.telemetry.intervalSeconds
    intervalSteps = configuration.telemetry.intervalSteps
    started = now
    nextLine = now + interval
    frames = RateMeter(start: now)
    labels = RateMeter(start: now)
    episodes = EpisodeWindow(capacity: configuration.telemetry.episodes)
  }

  /// A trajectory came in: the room it took.
  func arrived(frames: Int, headerBytes: Int, _ tensors: [TensorFrame]) {
    traffic.add(frames: frames, headerBytes: headerBytes, tensors)
  }

  /// A trajectory came in: the episodes that ended in it.
  func received(_ finished: [FinishedEpisode], now: Double) {
    for episode in finished {
      episodes.record(
        episodeReturn: Double(episode.episodeReturn), length: Int(episode.length), succeeded: episode.succeeded)
    }
  }

  /// A worker's threads spent more time.
  func heard(_ times: RolloutTimes) { rolloutTimes += times }

  /// An update was made.
  func trained(_ report: TrainReport, now: Double) {
    latest = report
    frames.record(report.frames, at: now)
  }

  /// Somebody was turned away; anyone who can connect can cause this, so it is limited.
  func refused(_ text: String, now: Double) {
    let (write, heldBack) = refusals.admit(at: now)
    if heldBack > 0 { log.warning("refused \(heldBack) more in the last \(Int(refusals.intervalSeconds)) s or longer") }
    if write { log.warning("refused \(text)") }
  }

  func labelled(_ count: Int, now: Double) { labels.record(count, at: now) }

  func checkpointed(step: Int, path: String, seconds: Double) {
    checkpointSeconds = seconds
    log.info("saved a checkpoint at step \(step) in \(Int(seconds * 1000)) ms: \(path)")
  }

  /// A peer came or went: the next line follows shortly instead of at its regular time.
  func soon(now: Double) { nextLine = min(nextLine, now + Self.soonSeconds) }

  private static let soonSeconds = 1.0

  func secondsToWait(now: Double) -> Double { max(0, nextLine - now) }

  /// Whether the line and the metrics are due.
  /// - Parameter steps: environment steps trained on.
  func isDue(now: Double, steps: Int) -> Bool {
    now >= nextLine || (intervalSteps > 0 && steps / intervalSteps > max(0, stepsOfLastLine) / intervalSteps)
  }

  /// Writes the line and the metrics.
  /// - Parameter times: what the trainer did since they were last written.
  func write(_ run: RunSnapshot, times: TrainerTimes.Seconds, now: Double) {
    if now >= nextLine { nextLine = max(nextLine + interval, now) }
    latestTrainerTimes = times
    watch()
    defer { rolloutTimes = RolloutTimes() }
    let status = line(run, now: now)
    stepsOfLastLine = status.steps
    log.info(status.text)
    log.draw(progress: status.progressText)
    defer { recordedTraffic = traffic }
    do {
      try metrics.write(
        time: Date().timeIntervalSince1970, step: status.steps, values: values(run, status, times, now: now))
    } catch {
      log.error("metrics were not written: \(error)")
    }
  }

  /// The last line, and how the run ended.
  func finish(_ end: TrainerEnd, _ run: RunSnapshot, times: TrainerTimes.Seconds, now: Double) {
    let counters = run.counters
    if counters.frames != stepsOfLastLine { write(run, times: times, now: now) }
    log.eraseProgress()
    let text =
      "\(end.text): \(counters.frames) steps in \(Int(now - started)) s of this session, \(counters.episodes) episodes, \(counters.discarded) steps discarded"
    if case .failed = end { log.error(text) } else { log.info(text) }
  }

  private func watch() {
    var reading = MonitorReading()
    reading.intrinsic = latest?.rewards.meanIntrinsic
    reading.outcome = episodes.successRate.flatMap { $0 > 0 ? $0 : nil } ?? episodes.returnMean
    if let model = latest?.rewardModel {
      reading.modelVersion = model.version
      reading.trainingAgreement = model.trainingAgreement
      reading.heldOutAgreement = model.agreement
      reading.heldOut = model.heldOut
    }
    for (level, text) in monitors.observe(reading) { level == .warning ? log.warning(text) : log.info(text) }
  }

  private func line(_ run: RunSnapshot, now: Double) -> StatusLine {
    let (counters, captions) = (run.counters, run.captions)
    var line = StatusLine()
    line.steps = counters.frames
    line.totalSteps = configuration.run.steps
    line.stepsPerSecond = frames.perSecond(at: now)
    line.episodes = counters.episodes
    line.returnMean = episodes.returnMean
    line.queueDepth = run.queuedFrames / configuration.learner.batchSize
    line.discarded = counters.discarded / configuration.unrollFrames
    line.workers = run.workers
    line.captionsSeen = captions.seen
    line.captionsLabelled = captions.labelled
    line.captionsInFlight = captions.inFlight
    line.labelsPerSecond = labels.perSecond(at: now)
    guard let latest else { return line }
    let statistics = latest.statistics
    line.policyLag = StatusLine.PolicyLag(
      minimum: Int(statistics.minimumPolicyLag), mean: statistics.meanPolicyLag,
      maximum: Int(statistics.maximumPolicyLag))
    line.policyLoss = statistics.policyLoss
    line.valueLoss = statistics.valueLoss
    line.entropy = statistics.entropy
    line.gradientNorm = statistics.gradientNorm
    line.intrinsicMean = latest.rewards.meanIntrinsic
    return line
  }

  private func values(
    _ run: RunSnapshot, _ line: StatusLine, _ times: TrainerTimes.Seconds, now: Double
  ) -> [MetricName: Double] {
    let (counters, captions) = (run.counters, run.captions)
    let unroll = Double(configuration.unrollFrames)
    let statistics = latest?.statistics
    let model = latest?.rewardModel
    let chain = latest?.chain ?? [:]
    let arrived = traffic.since(recordedTraffic)
    let known: [MetricName: Double?] = [
      .environmentSteps: Double(counters.frames), .updates: Double(counters.updates),
      .stepsPerSecond: line.stepsPerSecond, .elapsedSeconds: now - started,
      .episodes: Double(counters.episodes), .returnMean: episodes.returnMean, .lengthMean: episodes.lengthMean,
      .successRate: episodes.successRate,
      .policyVersion: Double(counters.updates), .policyLagMinimum: line.policyLag.map { Double($0.minimum) },
      .policyLagMean: line.policyLag?.mean, .policyLagMaximum: line.policyLag.map { Double($0.maximum) },
      .queueBatches: Double(line.queueDepth), .unrollsReceived: Double(counters.received) / unroll,
      .unrollsTrained: Double(counters.frames) / unroll, .unrollsDiscarded: Double(counters.discarded) / unroll,
      .bytesPerFrame: arrived.bytesPerFrame, .compressionRatio: arrived.compressionRatio,
      .workers: Double(line.workers),
      .annotators: Double(run.annotators),
      .captionsSeen: Double(captions.seen), .captionsQueued: Double(captions.queued),
      .captionsInFlight: Double(captions.inFlight), .captionsLabelled: Double(captions.labelled),
      .captionsAbstained: Double(captions.abstained), .labelsPerSecond: line.labelsPerSecond,
      .extrinsicMean: latest?.rewards.meanExtrinsic, .intrinsicMean: latest?.rewards.meanIntrinsic,
      .labelledShare: latest?.rewards.coverage,
      .rewardModelVersion: model.map { Double($0.version) }, .rewardModelSteps: model.map { Double($0.steps) },
      .rewardModelSkipped: model.map { Double($0.skippedSteps) }, .rewardModelLoss: model?.loss,
      .rewardModelAgreement: model?.agreement, .rewardModelHeldOut: model.map { Double($0.heldOut) },
      .rewardModelTrainingAgreement: model?.trainingAgreement, .rewardFlips: flipped.map(Double.init),
      .rewardModelHeadDeviation: model?.headDeviation, .rewardModelConsistency: model?.consistency,
      .rewardModelPairWeight: model?.pairWeight,
      .rewardModelScored: model.map { Double($0.scored) }, .rewardModelSeconds: model?.seconds,
      .chainMean: chain[.mean], .chainDeviation: chain[.deviation], .chainQuantile: chain[.quantile],
      .chainReference: chain[.reference], .chainTrust: chain[.trust], .chainAnneal: chain[.anneal],
      .chainWins: chain[.wins],
      .policyLoss: statistics?.policyLoss, .valueLoss: statistics?.valueLoss, .entropy: statistics?.entropy,
      .gradientNorm: statistics?.gradientNorm, .clippedShare: statistics?.clipFraction,
      .ratioMean: statistics?.meanRatio, .checkpointSeconds: checkpointSeconds,
      .waitSeconds: times.wait, .rewardSeconds: times.rewards, .trainSeconds: times.train,
      .publishSeconds: times.publish,
      .workerEnvironmentSeconds: rolloutTimes.environment, .workerInferenceSeconds: rolloutTimes.inference,
      .workerOtherSeconds: rolloutTimes.other, .workerWaitSeconds: rolloutTimes.wait,
      .residentMegabytes: Self.residentMegabytes, .lostLogLines: Double(log.lostLines),
    ]
    return known.compactMapValues { $0 }.merging(monitors.values) { $1 }
  }

  /// Resident memory of this process, from /proc/self/statm.
  private static var residentMegabytes: Double? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
    let fields = text.split(separator: " ")
    guard fields.count > 1, let pages = Double(fields[1]) else { return nil }
    return pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
  }
}

extension RunReporter {
  /// How the trainer spent the time between the latest two lines; nil before the first.
  private var trainerShares: RunStatus.TrainerShares? {
    let (times, total) = (latestTrainerTimes, latestTrainerTimes.total)
    guard total > 0 else { return nil }
    return RunStatus.TrainerShares(
      wait: times.wait / total, rewards: times.rewards / total, train: times.train / total,
      publish: times.publish / total)
  }

  /// The answer to `tengu status`.
  func status(_ run: RunSnapshot, peers: [RunStatus.Peer], now: Double) -> RunStatus {
    let (counters, captions) = (run.counters, run.captions)
    return RunStatus(
      run: run.runName, task: run.task, steps: counters.frames, totalSteps: configuration.run.steps,
      stepsPerSecond: frames.perSecond(at: now) ?? 0, policyVersion: counters.updates, queueDepth: run.queuedFrames,
      received: counters.received, discarded: counters.discarded, captionsSeen: captions.seen,
      captionsLabelled: captions.labelled, captionsAbstained: captions.abstained,
      captionsInFlight: captions.inFlight, bytesPerFrame: traffic.bytesPerFrame,
      compressionRatio: traffic.compressionRatio, trainer: trainerShares, peers: peers)
  }
}
