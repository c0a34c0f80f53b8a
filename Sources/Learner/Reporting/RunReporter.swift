import Captions
import Checkpoints
import Configuration
import Foundation
import IntrinsicReward
import Runtime
import Sessions
import Telemetry
import Trajectories
import Wire

/// A run's state at one instant, for the log, the metrics and `tengu status`.
struct RunSnapshot {
  var runName: String
  var task: String
  var counters: RunCounters
  var captions: LedgerStatistics
  /// nil if no pairs are asked.
  var pairs: PairLedger.Statistics?
  /// Steps that wait for the trainer.
  var queuedSteps: Int
  var peers: PeerStatistics
  /// Answers that are not on disk yet.
  var waitingAnswers: Int
  /// Attempts to write labels and rewards that failed.
  var writeFailures: Int
  var workers: Int
  var annotators: Int
  /// Captions in the tables of all connected workers.
  var workerCaptions: Int
  /// nil if the run has no plan.
  var plan: PlanReport?
}

/// What a run publishes about itself: the log, one aligned line an interval, the metrics file, the answer to
/// `tengu status`. Used by the I/O thread alone.
final class RunReporter {
  /// Seconds after which a line follows the arrival of a peer.
  private static let soonSeconds = 1.0
  /// Unrolls that a line names.
  private static let namedUnrolls = 8

  let log: LogWriter
  private let sinks: RunSinks
  private let configuration: RunConfiguration
  private let started: Double
  private var nextLine: Double
  private var stepsOfLastLine = -1
  /// Trained steps.
  private var steps: RateMeter
  private var labels: RateMeter
  /// Answered tasks since the latest line, and the seconds they took.
  private var answers = 0
  private var answerSeconds = 0.0
  private(set) var episodes: EpisodeWindow
  private var facts: FactWindow
  private var hasWarnedOfFacts = false
  private var skips = LogLimiter()
  private var latest: TrainReport?
  private var checkpointSeconds: Double?
  private var checkpointFailures = 0
  /// Captions whose reward changed between paid and unpaid before the latest checkpoint.
  var flippedCaptions: Int?
  private var monitors = RunMonitors()
  private let evaluation: TrainingEvaluation?
  /// Evaluations that a line shows.
  private var shownEvaluations = 0
  private var labelWatch: LabelWatch
  private var valueWatch: ValueWatch
  /// All workers' activity since this learner started; times only since the latest line.
  private var workers = WorkerActivity()
  /// The trainer's time since the latest line, and between the latest two.
  private var trainerTimes = UpdateTimes()
  private var latestTrainerTimes = UpdateTimes()
  /// CPU seconds of the reward model at the latest line, and when that was.
  private var rewardModelSeconds = 0.0
  private var latestLine: Double
  /// nil before the first line.
  private var phases: RunPhases?
  private var curve = ThinnedCurve<RunView.Point>(capacity: RunView.maximumPoints)
  /// Traffic since this learner started, and the part of it that the metrics have.
  private var traffic = TrajectoryTraffic()
  private var recordedTraffic = TrajectoryTraffic()

  /// - Parameters:
  ///   - sinks: where metrics go besides `metrics`.
  ///   - evaluation: nil if the run has no evaluations.
  init(
    log: LogWriter, metrics: MetricsFile, sinks: [any MetricsSink] = [], configuration: RunConfiguration,
    evaluation: TrainingEvaluation? = nil, now: Double
  ) {
    self.log = log
    self.evaluation = evaluation
    self.sinks = RunSinks(file: metrics, others: sinks)
    latestLine = now
    self.configuration = configuration
    labelWatch = LabelWatch(
      isAnnotated: configuration.annotator.kind != .none,
      hasBudget: configuration.annotator.limitsQuestions)
    valueWatch = ValueWatch(
      valueClip: configuration.learner.valueClip, scale: configuration.reward.extrinsicScale)
    started = now
    nextLine = now + configuration.telemetry.intervalSeconds
    steps = RateMeter(start: now)
    labels = RateMeter(start: now)
    episodes = EpisodeWindow(capacity: configuration.telemetry.episodes)
    facts = FactWindow(capacity: configuration.telemetry.episodes)
  }

  // MARK: Events

  /// A trajectory arrived: counts its bytes.
  func arrived(frames: Int, headerBytes: Int, _ tensors: [TensorFrame]) {
    traffic.add(frames: frames, headerBytes: headerBytes, tensors)
  }

  /// A trajectory arrived: records the episodes that ended in it, and what they report about themselves.
  func received(_ finished: [FinishedEpisode], _ sums: FactSums) {
    for episode in finished {
      episodes.record(
        episodeReturn: Double(episode.episodeReturn), length: Int(episode.length), succeeded: episode.succeeded)
      sinks.ended(episodeReturn: Double(episode.episodeReturn))
    }
    for fact in sums.entries where !facts.record(fact.name, sum: fact.sum, count: Int(clamping: fact.count)) {
      guard !hasWarnedOfFacts else { continue }
      hasWarnedOfFacts = true
      log.warning(
        "episodes have more than \(FactWindow.maximumNames) facts; \"\(fact.name)\" and others are not recorded")
    }
  }

  /// A worker did more.
  func heard(_ activity: WorkerActivity) { workers += activity }

  /// The trainer made an update or skipped one.
  func trained(_ report: TrainReport, now: Double) {
    latest = report
    trainerTimes += report.times
    let (loss, explained) = (report.statistics.valueLoss, report.statistics.explainedVariance)
    if let warning = valueWatch.observe(valueLoss: loss, explainedVariance: explained) { log.warning(warning) }
    steps.record(report.frames, at: now)
  }

  /// An update was skipped, and it is not known which of its unrolls is the cause. A network that has diverged skips many,
  /// so their lines are limited.
  /// - Parameter unrolls: the batch's unrolls, each as a worker's name and a number.
  func couldNotTrain(on unrolls: [String], because tensor: String, now: Double) {
    let (write, heldBack) = skips.admit(at: now)
    if heldBack > 0 { log.warning("\(heldBack) more updates were skipped in the last \(Int(skips.intervalSeconds)) s") }
    guard write else { return }
    let named = unrolls.prefix(Self.namedUnrolls).joined(separator: ", ")
    let more = unrolls.count > Self.namedUnrolls ? " and \(unrolls.count - Self.namedUnrolls) more" : ""
    log.warning("an update was skipped: \(tensor) is not finite; trajectories of the batch: \(named)\(more)")
  }

  /// An annotator answered a task.
  /// - Parameters:
  ///   - count: labels or preferences that were accepted.
  ///   - seconds: from the task's receipt to the answer, by the annotator's clock.
  func answered(_ count: Int, seconds: Double, now: Double) {
    labels.record(count, at: now)
    answers += 1
    answerSeconds += seconds
  }

  /// An annotator gave a label.
  /// - Parameter caption: the caption's bytes.
  func labelled(_ caption: [UInt8], _ value: Float) { sinks.labelled(caption, value) }

  /// A checkpoint was saved, or not.
  func saved(_ event: CheckpointEvent, now: Double) {
    switch event {
    case .outage(let line, let failures):
      checkpointFailures = failures
      if let line { log.warning(line) }
    case .warning(let text): log.warning(text)
    case .saved(let step, let path, let seconds):
      checkpointSeconds = seconds
      log.info("saved a checkpoint at step \(step) in \(Int(seconds * 1000)) ms: \(path)")
      evaluation?.saved(step: step, path: path, now: now)
    }
  }

  /// Takes in an evaluation that has ended.
  func watchEvaluation(now: Double) { evaluation?.collect(now: now) }

  /// Waits for the evaluation that runs when a run is completed, or until a signal arrives.
  /// - Parameter farewell: what is done before, so that no peer waits too.
  func awaitEvaluation(first farewell: () -> Void) {
    guard let evaluation, evaluation.isRunning else { return }
    farewell()
    evaluation.wait(interrupted: { PendingSignals.areThere })
  }

  // MARK: Lines

  /// A peer came or left: the next line follows shortly instead of at its regular time.
  func soon(now: Double) { nextLine = min(nextLine, now + Self.soonSeconds) }

  /// Seconds until the next line is due.
  func secondsToWait(now: Double) -> Double { max(0, nextLine - now) }

  /// Whether the line and the metrics are due.
  /// - Parameter steps: trained steps.
  func isDue(now: Double, steps: Int) -> Bool {
    let interval = configuration.telemetry.intervalSteps
    return now >= nextLine || (interval > 0 && steps / interval > max(0, stepsOfLastLine) / interval)
  }

  /// Writes the line and the metrics.
  func write(_ run: RunSnapshot, now: Double) {
    if now >= nextLine { nextLine = max(nextLine + configuration.telemetry.intervalSeconds, now) }
    watch()
    if let warning = labelWatch.observe(run.captions, annotators: run.annotators, now: now) { log.warning(warning) }
    let line = statusLine(run, now: now)
    stepsOfLastLine = line.steps
    shownEvaluations = evaluation?.state.finished ?? 0
    log.log(.info, line.text, isRegular: true)
    log.draw(progress: line.progressText)
    takePhases(run, line, now: now)
    if let picture = evaluation?.takePicture() { sinks.picture = picture }
    let notices = sinks.write(
      time: Date().timeIntervalSince1970, step: line.steps, values: values(run, line, now: now),
      facts: facts.means.merging(run.plan?.facts ?? [:]) { $1 },
      now: now)
    for notice in notices { log.warning(notice) }
    latestTrainerTimes = trainerTimes
    trainerTimes = UpdateTimes()
    workers.times = RolloutTimes()
    recordedTraffic = traffic
    (answers, answerSeconds) = (0, 0)
  }

  /// Sums up where the time since the latest line went, and adds a point to the curves.
  private func takePhases(_ run: RunSnapshot, _ line: StatusLine, now: Double) {
    let seconds = latest?.rewardModel?.seconds
    let spent = seconds.map { max(0, $0 - rewardModelSeconds) / max(now - latestLine, 1e-9) }
    (rewardModelSeconds, latestLine) = (seconds ?? 0, now)
    phases = RunPhases(
      learner: trainerTimes, workers: workers.times, rewardModel: spent, workerCount: run.workers)
    curve.add(
      RunView.Point(
        seconds: now - started, steps: line.steps, stepsPerSecond: line.stepsPerSecond,
        // JSON has no other numbers.
        returnMean: line.returnMean.flatMap { $0.isFinite ? $0 : nil },
        policyLag: latest?.statistics.meanPolicyLag, queueBatches: line.queueDepth))
  }

  /// Releases what the sinks hold, such as a port, for the session that follows.
  func closeSinks(now: Double) { _ = sinks.close(now: now) }

  /// Writes the last line, and how the run ended.
  /// - Returns: how it ended: it failed if metrics are missing. (Lines that the log lacks are on the standard output.)
  func finish(_ end: RunEnd, _ run: RunSnapshot, now: Double) -> RunEnd {
    let counters = run.counters
    evaluation?.stop()
    let isShown = shownEvaluations == evaluation?.state.finished ?? 0
    if counters.trainedSteps != stepsOfLastLine || !isShown { write(run, now: now) }
    let (missing, missingElsewhere) = sinks.close(now: now)
    if missingElsewhere > 0 { log.warning("the TensorBoard events lack \(missingElsewhere) records") }
    let end = missing > 0 ? end.without("metrics.jsonl lacks \(missing) lines that the disk did not take") : end
    log.eraseProgress()
    let text =
      "\(end.text): \(counters.trainedSteps) steps in \(Int(now - started)) s of this session, \(counters.episodes) "
      + "episodes, \(counters.playedSteps) steps played, \(counters.discardedSteps) steps discarded"
    if case .failed = end { log.error(text) } else { log.info(text) }
    log.flush()
    return end
  }

  /// Lets the monitors see the newest numbers, and logs their alarms.
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
    for (level, text) in monitors.observe(reading) { log.log(level, text) }
  }

  private func statusLine(_ run: RunSnapshot, now: Double) -> StatusLine {
    let (counters, captions) = (run.counters, run.captions)
    var line = StatusLine()
    line.steps = counters.trainedSteps
    line.totalSteps = configuration.run.steps
    line.stepsPerSecond = steps.perSecond(at: now)
    line.episodes = counters.episodes
    line.returnMean = episodes.returnMean
    line.queueDepth = run.queuedSteps / configuration.learner.batchSize
    line.discardedSteps = counters.discardedSteps
    line.workers = run.workers
    line.captionsSeen = captions.seen
    line.captionsLabelled = captions.labelled
    line.captionsInFlight = captions.inFlight
    line.labelsPerSecond = labels.perSecond(at: now)
    guard let latest else { return line }
    let statistics = latest.statistics
    line.policyLag = StatusLine.PolicyLag(
      played: max(0, statistics.meanPolicyLag - latest.queuedLag), queued: latest.queuedLag,
      maximum: Int(clamping: statistics.maximumPolicyLag))
    line.policyLoss = statistics.policyLoss
    line.valueLoss = statistics.valueLoss
    line.entropy = statistics.entropy
    line.gradientNorm = statistics.gradientNorm
    line.intrinsicMean = latest.rewards.meanIntrinsic
    return line
  }

  private func values(_ run: RunSnapshot, _ line: StatusLine, now: Double) -> [MetricName: Double] {
    let unroll = Double(configuration.unrollFrames)
    var all: [MetricName: Double?] = [
      .stepsPerSecond: line.stepsPerSecond, .elapsedSeconds: now - started,
      .queueBatches: Double(line.queueDepth), .unrollsReceived: Double(run.counters.playedSteps) / unroll,
      .unrollsTrained: Double(run.counters.trainedSteps) / unroll,
      .unrollsDiscarded: Double(run.counters.discardedSteps) / unroll, .workers: Double(run.workers),
      .annotators: Double(run.annotators), .workerCaptions: Double(run.workerCaptions),
      .labelsPerSecond: line.labelsPerSecond, .answerSeconds: answers > 0 ? answerSeconds / Double(answers) : nil,
      .rewardFlips: flippedCaptions.map(Double.init),
      .checkpointSeconds: checkpointSeconds, .residentMegabytes: Self.residentMegabytes,
      .lostLogLines: Double(log.lostLines), .labelsWaiting: Double(run.waitingAnswers),
      .writeFailures: Double(run.writeFailures + checkpointFailures + sinks.failures.file + log.failures),
      .sinkFailures: Double(sinks.failures.others), .phaseRewardModel: phases?.rewardModel,
    ]
    let sources: [(any MetricSource)?] = [
      run.counters, run.captions, run.pairs, run.peers, run.plan, latest, episodes, trainerTimes, workers,
      workers.times,
      traffic.since(recordedTraffic), evaluation?.state,
    ]
    for source in sources { all.merge(source?.metrics ?? [:]) { $1 } }
    return all.compactMapValues { $0 }.merging(monitors.values) { $1 }
  }

  /// Resident memory of this process, from /proc/self/statm.
  private static var residentMegabytes: Double? {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return nil }
    let fields = text.split(separator: " ")
    guard fields.count > 1, let pages = Double(fields[1]) else { return nil }
    return pages * Double(sysconf(Int32(_SC_PAGESIZE))) / 1_048_576
  }

  // MARK: Status

  /// The answer to `tengu status`.
  func status(_ run: RunSnapshot, peers: [RunStatus.Peer], now: Double) -> RunStatus {
    let (counters, captions, times) = (run.counters, run.captions, latestTrainerTimes)
    return RunStatus(
      run: run.runName, task: run.task, stepsPlayed: counters.playedSteps, stepsTrained: counters.trainedSteps,
      stepsDiscarded: counters.discardedSteps, stepsQueued: run.queuedSteps, totalSteps: configuration.run.steps,
      stepsPerSecond: steps.perSecond(at: now) ?? 0, policyVersion: counters.policyVersion,
      skippedUpdates: counters.skippedUpdates, captionsSeen: captions.seen, captionsLabelled: captions.labelled,
      captionsAbstained: captions.abstained, captionsInFlight: captions.inFlight,
      captionsOverflowed: captions.overflowed, peersRefused: run.peers.refused, peersBanned: run.peers.banned,
      bytesPerFrame: traffic.bytesPerFrame, compressionRatio: traffic.compressionRatio,
      trainer: times.total > 0 ? RunStatus.TrainerShares(times) : nil, peers: peers, view: view(now: now))
  }

  private func view(now: Double) -> RunView {
    RunView(
      seconds: now - started, episodes: episodes.count, lengthMean: episodes.lengthMean,
      successRate: episodes.successRate, labelsPerSecond: labels.perSecond(at: now), points: curve.points,
      phases: phases, labels: sinks.labels, events: log.recentEvents,
      evaluation: evaluation.map { EvaluationView($0.state) })
  }
}
