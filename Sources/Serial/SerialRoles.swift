import Annotator
import Assembly
import Configuration
import Environments
import Learner
import Runtime
import Transport
import Wire
import Worker

/// What the worker of a serial run plays.
struct SerialWorld {
  let registries: Registries
  /// The folder of libnethack.so; nil for the usual one.
  let netHackDirectory: String?
}

/// The roles of a serial run's session, which take turns on one thread.
final class SerialRoles {
  let learner: LearnerService
  /// Where the roles meet, at `endpoint`.
  let context: MessagingContext
  static let endpoint = Endpoint.inproc("tengu")
  private let worker: WorkerService
  private let annotator: AnnotatorService?
  /// The watch of the environments, from the moment at which the worker makes them.
  private let watch = SharedValue<SerialWatch?>(nil)
  private var reportedTimes = RolloutTimes()

  /// - Parameters:
  ///   - world: what the worker plays.
  ///   - stuck: see `SerialRun.init`.
  ///   - interruption: see `LearnerService.open`.
  /// - Throws: the error of the role that cannot be created.
  init(
    _ options: LearnerOptions, world: SerialWorld, stuck: @escaping @Sendable (String) -> Void,
    interruption: @escaping () -> String?
  ) throws {
    // If this machine lacks the game, fail before a run directory exists.
    let plan = try RunPlan(
      options.configuration, registries: world.registries, netHackDirectory: world.netHackDirectory)
    if plan.text == nil { _ = try plan.makeEnvironment() }
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
    workerOptions.registries = world.registries
    workerOptions.netHackDirectory = world.netHackDirectory
    workerOptions.watchInline = { [watch] watchdog in
      let seconds = watchdog.limit
      let new = SerialWatch(watchdog) { call in
        let text =
          "an environment has not returned for \(seconds) s (worker.environment_seconds): \(call); the run ends, because "
          + "its only thread waits for that call"
        log.error(text)
        stuck(text)
      }
      watch.update { $0 = new }
    }
    worker = try WorkerService(context: context, options: workerOptions, seed: 1) { log.info("w0: \($0)") }
    var annotatorOptions = AnnotatorService.Options(link: link, name: "a0", host: "this process")
    annotatorOptions.access = LanguageModelAccess(options.configuration.languageModel)
    annotator =
      options.configuration.annotator.kind == .none
      ? nil
      : AnnotatorService(context: context, options: annotatorOptions, session: 2) { log.info("a0: \($0)") }
  }

  private static let welcomeSeconds = 1e6

  deinit { watch.current?.stop() }

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
