import Annotator
import Assembly
import Configuration
import Environments
import Learner
import Runtime
import Transport
import Wire
import Worker

/// The roles of a serial run's session, which take turns on one thread.
final class SerialRoles {
  let learner: LearnerService
  /// Where the roles meet, at `endpoint`.
  let context: MessagingContext
  static let endpoint = Endpoint.inproc("tengu")
  private let worker: WorkerService
  private let annotator: AnnotatorService?
  private var reportedTimes = RolloutTimes()

  /// - Parameters:
  ///   - netHackDirectory: the folder of libnethack.so.
  ///   - interruption: see `LearnerService.open`.
  /// - Throws: the error of the role that cannot be created.
  init(
    _ options: LearnerOptions, netHackDirectory: String? = nil, interruption: @escaping () -> String? = { nil }
  ) throws {
    // If this machine lacks the game, fail before a run directory exists.
    _ = try RunPlan(options.configuration, netHackDirectory: netHackDirectory).makeEnvironment()
    let endpoint = Self.endpoint
    context = try MessagingContext()
    var learnerOptions = options
    learnerOptions.inlineEndpoint = endpoint
    let learner = try LearnerService.open(learnerOptions, context: context, interruption: interruption)
    self.learner = learner
    let log = learner.log
    // On one thread no peer falls silent, however long an update takes.
    let link = LearnerLink.Options(endpoint: endpoint, welcomeSeconds: Self.welcomeSeconds)
    var workerOptions = WorkerService.Options(link: link, name: "w0", host: "this process")
    workerOptions.inline = true
    workerOptions.threads = 1
    workerOptions.netHackDirectory = netHackDirectory
    worker = try WorkerService(context: context, options: workerOptions, seed: 1) { log.info("w0: \($0)") }
    var annotatorOptions = AnnotatorService.Options(link: link, name: "a0", host: "this process")
    annotatorOptions.access = LanguageModelAccess(options.configuration.languageModel)
    annotator =
      options.configuration.annotator.kind == .none
      ? nil
      : AnnotatorService(context: context, options: annotatorOptions, session: 2) { log.info("a0: \($0)") }
  }

  private static let welcomeSeconds = 1e6

  /// Dismisses the roles of a run that has ended.
  /// - Throws: `RunError.failed` if the run failed.
  func finish() throws {
    try learner.pump(now: MonotonicClock.seconds)
    try learner.finish()
    close("the run is over")
  }

  /// Ends worker and annotator.
  func close(_ reason: String) {
    worker.shutDown(reason: reason)
    annotator?.shutDown(reason: reason)
  }

  /// One turn: messages until all have been answered, an unroll, an update if there is a batch for it.
  func turn() throws {
    for _ in 0..<Self.exchangesPerTurn {
      try worker.pump(now: MonotonicClock.seconds)
      try learner.pump(now: MonotonicClock.seconds)
      try annotator?.pump(now: MonotonicClock.seconds)
    }
    _ = try worker.collectInline()
    learner.trainInline()
    // The learner counts these times at its next pump, so the last turn's unroll is missing.
    learner.heard(worker.times - reportedTimes)
    reportedTimes = worker.times
  }

  /// The longest chain of answers: trajectory, task, labels, acknowledgement, ready.
  private static let exchangesPerTurn = 3
}
