import Assembly
import Captions
import Checkpoints
import Configuration
import Foundation
import IntrinsicReward
import Runtime
import LabelStore
import Telemetry
import Tensor
import Transport
import Wire

extension LearnerService {
  /// Makes a learner that is ready to run: the address is bound first, so that nothing is written when it cannot be;
  /// then the run directory is opened, and what it holds is taken up again.
  /// - Throws: `ConfigurationError`, `TransportError`, `CheckpointError` or `RunError`, each naming what is wrong.
  public static func open(_ options: LearnerOptions, context: MessagingContext) throws -> LearnerService {
    let plan = try RunPlan(options.configuration)
    let name = try RunName(options.runName).description
    let listener = try Listener(options, context: context)
    // Read before there is a run directory, so that a checkpoint that cannot be read leaves none behind.
    let chosen = try options.resume.path.map { try CheckpointStore.load(path: $0) }
    let directory = try RunDirectory(
      parent: URL(fileURLWithPath: options.runsDirectory), name: name, resume: options.resume != .never)
    do {
      return try open(options, plan, listener, directory, chosen)
    } catch {
      directory.abandon()
      throw error
    }
  }

  private static func open(
    _ options: LearnerOptions, _ plan: RunPlan, _ listener: Listener, _ directory: RunDirectory,
    _ chosen: Checkpoint?
  ) throws -> LearnerService {
    let configuration = options.configuration
    let name = directory.url.lastPathComponent
    let log = try LogWriter(file: directory.log.path, stream: options.logStream)
    try compareWithEarlier(configuration, directory, log)
    let text = configuration.tomlText()
    let provenance = Provenance(
      version: options.version, seed: configuration.run.seed, startSeconds: Date().timeIntervalSince1970)

    let inline = options.inlineEndpoint != nil
    let trainer = try Trainer(
      plan: plan, trainingThreads: trainingThreads(configuration, inline: inline), inline: inline)
    let store = try CheckpointStore(directory: directory.checkpoints, keep: configuration.checkpoint.keep)
    let resumed = try resume(options.resume, chosen, store, trainer, log)
    let counters = CounterBox(resumed ?? RunCounters(seed: UInt64(bitPattern: Int64(configuration.run.seed))))
    if counters.current.frames >= configuration.run.steps {
      throw RunError.complete(
        "run \(name) is complete: it has done \(counters.current.frames) of \(configuration.run.steps) steps; ask for more with --steps"
      )
    }
    let desk = try openDesk(configuration, directory, run: name, trainer, log)

    let saver = CheckpointSaver(
      store: store, intervalSeconds: configuration.checkpoint.intervalSeconds,
      metadata: Dictionary(uniqueKeysWithValues: provenance.facts.map { ($0.name, $0.value) }).merging(
        ["configuration": configuration.hash]) { $1 },
      clock: { MonotonicClock.seconds })
    let events = try TrainerEvents()
    let queue = RolloutQueue(capacity: configuration.learner.batchSize * queueCapacityBatches)
    let loop = TrainingLoop(
      trainer: trainer, queue: queue, counters: counters, saver: saver, report: { events.put($0) })
    try directory.publish(provenance.tomlComments() + text, to: directory.configuration)
    try directory.publishProcessIdentifier()
    try directory.publish(endpoint: listener.endpoint.description)
    let reporter = RunReporter(
      log: log, metrics: try MetricsFile(path: directory.metrics.path), configuration: configuration,
      now: MonotonicClock.seconds)
    log.info(
      "run \(name): \(plan.specification.name), \(plan.network.parameters.count) parameters, listening on \(listener.endpoint)"
    )
    if let hint = Self.hint(about: configuration) { log.info(hint) }
    return LearnerService(
      plan: plan,
      identity: RunIdentity(runName: name, configuration: text, configurationHash: Array(configuration.hash.utf8)),
      listener: listener, directory: directory, loop: loop, counters: counters, events: events, desk: desk,
      reporter: reporter, rewards: resumed == nil ? RewardTable() : earlierRewards(directory, log), inline: inline)
  }

  /// What the run paid for before; a table that cannot be read is begun anew.
  private static func earlierRewards(_ directory: RunDirectory, _ log: LogWriter) -> RewardTable {
    guard let text = try? String(contentsOf: directory.rewards, encoding: .utf8) else { return RewardTable() }
    do {
      return try RewardTable(text: text, fileName: directory.rewards.path)
    } catch {
      log.warning("\(error); it begins anew")
      return RewardTable()
    }
  }

  /// The annotation desk, with what earlier sessions and other runs left it; the trainer is told of it.
  private static func openDesk(
    _ configuration: RunConfiguration, _ directory: RunDirectory, run: String, _ trainer: Trainer, _ log: LogWriter
  ) throws -> AnnotationDesk {
    let shared = configuration.annotator.store
    var desk = AnnotationDesk(
      store: try LabelStore(path: shared.isEmpty ? directory.labels.path : shared),
      options: deskOptions(configuration, run: run))
    var earlier = RewardNews(labels: try desk.restore(), isEarlier: true)
    earlier.preferences = try desk.restorePairs()
    if trainer.readsTexts { earlier.captions = desk.newCaptions() }
    try trainer.learn(earlier)
    try expectTaught(trainer, configuration, store: desk.store.path)
    let ignored = desk.ledger.statistics.ignored
    if ignored > 0, let origin = desk.origin {
      log.info("labels of \(origin) count; \(ignored) stored captions have labels of others alone, which are ignored")
    }
    return desk
  }

  /// A model that is to be learned before the run, or never, must have learned something by now.
  private static func expectTaught(_ trainer: Trainer, _ configuration: RunConfiguration, store: String) throws {
    guard trainer.rewardModel.version == 0 else { return }
    if configuration.reward.pretrainSteps > 0 {
      throw RunError.failed(
        "reward.pretrain_steps = \(configuration.reward.pretrainSteps), and \(store) holds nothing to learn from that "
          + "counts; set annotator.store to a store with labels or preferences")
    }
    if configuration.reward.frozen {
      throw RunError.failed(
        "reward.frozen = true, and there is no model to keep: set reward.pretrain_steps, or go on from a checkpoint")
    }
  }

  /// What a run's configuration does in vain.
  private static func hint(about configuration: RunConfiguration) -> String? {
    let (model, kind) = (configuration.reward.model, configuration.annotator.kind)
    guard !model.needsLabels, kind != .none else { return nil }
    return "captions are labelled for the store alone: reward.model = \"\(model.rawValue)\" reads no labels; "
      + "annotator.kind = \"none\" spares the questions"
  }

  private static func deskOptions(_ configuration: RunConfiguration, run: String) -> AnnotationDesk.Options {
    let annotator = configuration.annotator
    var options = AnnotationDesk.Options()
    options.deadlineSeconds = annotator.deadlineSeconds
    options.run = run
    options.acceptsAnyOrigin = annotator.acceptVersions == .any
    options.pairShare = annotator.pairShare
    options.readsPairs = annotator.kind == .none && configuration.reward.model == .ranking
    options.ledger.capacity = annotator.maximumCaptions
    options.ledger.seed = UInt64(bitPattern: Int64(configuration.run.seed))
    options.ledger.sharesTemplates = annotator.shareTemplates
    // Validation saw to it that one weight is above zero.
    options.ledger.order =
      AskingOrder(
        newest: annotator.newestWeight, frequent: annotator.frequentWeight, uncertain: annotator.uncertainWeight)
      ?? .newestFirst
    func limit<Number: Comparable & ExpressibleByIntegerLiteral>(_ number: Number) -> Number? {
      number > 0 ? number : nil
    }
    options.ledger.budget = AskingBudget(
      labelsPerSecond: limit(annotator.labelsPerSecond), labels: limit(annotator.labelsPerRun),
      tokens: limit(annotator.tokensPerRun))
    return options
  }

  /// Most batches the queue may ever hold; beyond it unrolls are refused and counted. Credits keep it far below.
  private static let queueCapacityBatches = 32

  /// Columns of a batch below which another thread's share costs more in small matrices than it saves.
  private static let columnsPerThread = 8

  /// Every core takes part in an update: workers of this machine give way, and run while the trainer waits or merges.
  /// On one thread with the other roles there is one, so that a run does not depend on the machine's cores.
  private static func trainingThreads(_ configuration: RunConfiguration, inline: Bool) -> Int {
    let learner = configuration.learner
    if learner.threads > 0 { return learner.threads }
    if inline { return 1 }
    let columns = learner.batchSize / learner.unrollLength
    return max(1, min(ProcessInfo.processInfo.activeProcessorCount, columns / columnsPerThread))
  }

  /// Puts a checkpoint's state into `trainer`.
  /// - Returns: the run's counters, or nil if it begins.
  private static func resume(
    _ resume: LearnerOptions.Resume, _ chosen: Checkpoint?, _ store: CheckpointStore, _ trainer: Trainer,
    _ log: LogWriter
  ) throws -> RunCounters? {
    let checkpoint: Checkpoint?
    switch resume {
    case .never: return nil
    case .path: checkpoint = chosen
    case .auto:
      let newest = try store.loadNewest()
      for rejected in newest.rejected { log.warning("passed over a damaged checkpoint: \(rejected)") }
      checkpoint = newest.checkpoint
    }
    guard let checkpoint else { return nil }
    var counters = try CheckpointSaver.restore(checkpoint, into: trainer) { log.info($0) }
    counters.resume()
    log.info("resumed from \(checkpoint.path): \(counters.frames) steps, policy version \(trainer.version)")
    return counters
  }

  /// A run goes on with what it was begun with: what shapes unrolls and networks cannot change, the rest is pointed out.
  private static func compareWithEarlier(
    _ configuration: RunConfiguration, _ directory: RunDirectory, _ log: LogWriter
  ) throws {
    guard let text = try? String(contentsOf: directory.configuration, encoding: .utf8) else { return }
    let earlier = try RunConfiguration(toml: text, fileName: directory.configuration.path)
    let differences = configuration.differences(from: earlier)
    func describe(_ field: ConfigurationField) -> String {
      "\(field.path) = \(field.value(configuration).toml), was \(field.value(earlier).toml)"
    }
    let fixed = differences.filter(\.shapesUnrolls)
    guard fixed.isEmpty else {
      throw ConfigurationError(
        fixed.map { "\(describe($0)) when run \(directory.url.lastPathComponent) began; that cannot change" })
    }
    for field in differences { log.info("changed since the run was last going: \(describe(field))") }
  }
}
