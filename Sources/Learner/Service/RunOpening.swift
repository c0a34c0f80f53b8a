import Assembly
import Captions
import Checkpoints
import Configuration
import Foundation
import IntrinsicReward
import LabelStore
import Ranks
import Runtime
import Sessions
import Telemetry
import Tensor
import Transport
import Wire

extension LearnerService {
  /// Makes a learner that is ready to run: binds the address, opens the run directory and restores what it holds. If
  /// the address cannot be bound nothing is written, and if the opening fails a new run leaves only its log.
  /// - Parameter interruption: asked between the steps of the opening; returns the reason to stop, such as a signal, or
  ///   nil.
  /// - Throws: `ConfigurationError`, `TransportError`, `CheckpointError` or `RunError`, each naming what is wrong;
  ///   `RunError.stopped` if there was a reason to stop.
  public static func open(
    _ options: LearnerOptions, context: MessagingContext, interruption: @escaping () -> String? = { nil }
  ) throws -> LearnerService {
    let isFirst = options.ranks.isFirst
    let run = try isFirst ? RunOpening(options, interruption).open(context) : RankOpening(options).open(context)
    if options.ranks.isShared {
      run.ranks.members = try RankMembers(options.ranks, endpoint: run.listener.endpoint.description)
    }
    do {
      try run.announce()
    } catch {
      run.directory.abandon()
      throw error
    }
    return try LearnerService(run)
  }
}

/// The steps from options to a run that is ready to start.
private struct RunOpening {
  private let options: LearnerOptions
  private let interruption: () -> String?
  private let sizes: TrainerSizes
  private var ranks: any Communicator { options.ranks }
  private var configuration: RunConfiguration { options.configuration }
  private var isInline: Bool { options.inlineEndpoint != nil }

  init(_ options: LearnerOptions, _ interruption: @escaping () -> String?) {
    self.options = options
    self.interruption = interruption
    sizes = TrainerSizes(options)
  }

  /// Makes the run's parts, and passes its state to the other ranks.
  func open(_ context: MessagingContext) throws -> OpenedRun {
    guard ranks.isShared else { return try openParts(context) }
    var opened: OpenedRun?
    _ = try ranks.fromFirst {
      let run = try openParts(context)
      opened = run
      return try RankStart.encode(run.algorithm.actorCritic, run.mailbox.counters, runID: run.identity.runID)
    }
    guard let opened else { preconditionFailure("rank 0 has made its parts") }
    return opened
  }

  private func openParts(_ context: MessagingContext) throws -> OpenedRun {
    let plan = try RunPlan(sizes.configuration)
    try RankRules.check(configuration, scoresCaptions: plan.rewardModel.scoresCaptions, ranks: ranks.size)
    try RankRules.check(writes: plan.text != nil, ranks: ranks.size)
    // First, because a policy beyond the memory is beyond every message too.
    try LearnerMemory(plan, shards: sizes.trainingThreads).check()
    try expectPolicyFitsMessage(plan)
    let name = try RunName(options.runName).description
    let folder = URL(fileURLWithPath: options.runsDirectory).appending(path: name)
    let listener = try Listener(
      options.inlineEndpoint ?? Endpoint(configuration.transport.listen), option: "transport.listen",
      keyPath: options.keyPath, allowPath: options.allowPath,
      maximumMessageBytes: plan.wireLimits.maximumMessageBytes,
      earlier: options.resume == .never ? nil : RunMemory(folder).address, context: context)
    let sinks = try AdditionalSinks(configuration, run: name, version: options.version)
    // Read before there is a run directory, so that a checkpoint that cannot be read leaves no directory.
    let chosen = try chosenCheckpoint(of: folder)
    try checkInterruption()
    let directory = try RunDirectory(
      parent: URL(fileURLWithPath: options.runsDirectory), name: name, resume: options.resume != .never)
    do {
      return try open(plan, listener, directory, chosen, sinks)
    } catch {
      directory.abandon()
      throw error
    }
  }

  private func open(
    _ plan: RunPlan, _ listener: Listener, _ directory: RunDirectory, _ chosen: Checkpoint?, _ sinks: AdditionalSinks
  ) throws -> OpenedRun {
    let name = directory.url.lastPathComponent
    let log = try LogWriter(file: directory.log.path, stream: options.logStream)
    try compareWithEarlier(directory, log)
    let algorithm = try makeAlgorithm(plan)
    try checkInterruption()
    let store = try CheckpointStore(directory: directory.checkpoints, keep: configuration.checkpoint.keep)
    let labels = try openLabels(directory)
    let plans = try PlanDesk(plan)
    let resumed = try EarlierRun(directory: directory, checkpoints: store, labels: labels, log: log, plans: plans)
      .resume(options.resume, chosen, algorithm, exactly: sizes.repeatsExactly)
    if resumed == nil { try algorithm.begin(isInterrupted: { interruption() != nil }, report: { log.info($0) }) }
    try checkInterruption()
    let counters = resumed ?? RunCounters(seed: UInt64(bitPattern: Int64(configuration.run.seed)))
    try expectRemainingSteps(counters, run: name)
    let desk = try openDesk(labels, plan, run: name, algorithm, log)
    let mailbox = try TrainerMailbox(
      algorithm: algorithm, queueCapacity: sizes.queueCapacity, counters: counters)
    let provenance = Provenance(
      version: options.version, seed: configuration.run.seed, startSeconds: Date().timeIntervalSince1970)
    let saver = saver(store, provenance, labels, counters, plan, plans)
    let others = RankMailbox(size: ranks.size)
    let batches =
      ranks.isShared
      ? RankBatches(ranks, algorithm: algorithm.actorCritic, trainer: mailbox, mailbox: others) : nil
    let loop = TrainingLoop(
      sizes.loopOptions, algorithm: algorithm, mailbox: mailbox, saver: saver, batches: batches)
    let metrics = try MetricsFile(path: directory.metrics.path)
    let reporter = RunReporter(
      log: log, metrics: metrics,
      sinks: sinks.open(in: directory, session: metrics.session, host: provenance.host, log: log),
      configuration: sizes.configuration,
      evaluation: try TrainingEvaluation(
        configuration.evaluation, options.evaluator, run: directory.url.path, step: counters.trainedSteps,
        waits: isInline, log: log), now: MonotonicClock.seconds)
    try checkInterruption()
    let text = configuration.tomlText()
    try directory.publish(provenance.tomlComments() + text, to: directory.configuration)
    try directory.publishProcessIdentifier()
    if try store.steps().isEmpty { try saveFirst(algorithm, counters, saver) }
    let memory = RunMemory(directory.url)
    if !isInline { try memory.keep(listener.endpoint, in: directory) }
    return OpenedRun(
      plan: plan,
      identity: RunIdentity(
        runID: try memory.number(in: directory), runName: name, configuration: text,
        configurationHash: Array(configuration.hash.utf8)),
      listener: listener, directory: directory, mailbox: mailbox, algorithm: algorithm, loop: loop, desk: desk,
      plans: plans, reporter: reporter,
      rewards: RewardTableFile(directory, continues: resumed != nil) { log.warning($0) },
      readsTexts: algorithm.readsTexts, isInline: isInline, repeatsExactly: sizes.repeatsExactly,
      ranks: RankParts(ranks, mailbox: others, batches: batches))
  }

  /// What trains the run's policy.
  private func makeAlgorithm(_ plan: RunPlan) throws -> RunAlgorithm {
    if let text = plan.text { return RunAlgorithm(try TextAlgorithm(text, configuration)) }
    return RunAlgorithm(
      try ActorCriticAlgorithm(
        plan: plan, trainingThreads: sizes.trainingThreads, inline: isInline,
        uncertainties: configuration.annotator.readsUncertainty
          ? UncertaintyWatch(optimism: Float(configuration.annotator.optimism)) : nil, ranks: ranks))
  }

  /// The checkpoint that the user names, which may be the run's best one.
  private func chosenCheckpoint(of run: URL) throws -> Checkpoint? {
    guard let path = options.resume.path(in: run.path) else { return nil }
    guard options.resume != .best || FileManager.default.fileExists(atPath: path) else {
      throw RunError.refused(
        "there is no \(path): evaluation.every_steps keeps a best checkpoint; --resume auto continues from the newest")
    }
    return try CheckpointStore.load(path: path)
  }

  private func checkInterruption() throws {
    if let reason = interruption() { throw Self.stopped(reason) }
  }

  private static func stopped(_ reason: String) -> RunError { .stopped("\(reason): stopped before the run started") }

  /// A policy must fit into one message, or no worker could ever receive it.
  private func expectPolicyFitsMessage(_ plan: RunPlan) throws {
    // A snapshot's envelope is far smaller than this.
    let envelopeBytes = 4096
    let needed = plan.policyParameters.count * MemoryLayout<Float>.stride + envelopeBytes
    let megabytes = configuration.transport.maximumMessageMegabytes
    guard needed > plan.wireLimits.maximumMessageBytes else { return }
    throw ConfigurationError([
      "transport.maximum_message_megabytes = \(megabytes): the policy has \(plan.policyParameters.count) parameters, "
        + "and a worker receives them in one message of \(needed) bytes; set it to \((needed >> 20) + 1) or more"
    ])
  }

  // MARK: The trainer

  private func saver(
    _ store: CheckpointStore, _ provenance: Provenance, _ labels: LabelStore, _ counters: RunCounters, _ plan: RunPlan,
    _ plans: PlanDesk?
  ) -> CheckpointSaver {
    let facts = Dictionary(uniqueKeysWithValues: provenance.facts.map { ($0.name, $0.value) })
    let repeatsExactly = sizes.repeatsExactly
    return CheckpointSaver(
      store: store, intervalSeconds: configuration.checkpoint.intervalSeconds,
      intervalSteps: configuration.checkpoint.intervalSteps,
      // A run that repeats exactly ends a session with every checkpoint, so evaluations take those that there are.
      evaluationSteps: repeatsExactly || options.evaluator == nil ? 0 : configuration.evaluation.everySteps,
      startSteps: counters.trainedSteps,
      metadata: facts.merging(["configuration": configuration.hash]) { $1 },
      description: plan.policyFacts.merging(["tengu_version": options.version]) { $1 },
      latest: {
        var texts: [String: String] = [:]
        if let plans { texts[PlanDesk.stateKey] = try plans.encoded() }
        if repeatsExactly, let last = try? labels.lastSequence() { texts[EarlierRun.lastAnswerKey] = "\(last)" }
        return texts
      }, clock: { MonotonicClock.seconds })
  }

  /// The run can be resumed from its first moment on, and one that cannot save anything does not start.
  private func saveFirst(_ algorithm: RunAlgorithm, _ counters: RunCounters, _ saver: CheckpointSaver) throws {
    guard let reason = saver.save(algorithm, counters, report: { _ in }) else { return }
    throw RunError.failed("no checkpoint can be written: \(reason)")
  }

  // MARK: Earlier sessions

  /// Compares the configuration with the one that the run began with: fields that shape unrolls and networks must not
  /// change, and other changes are logged.
  private func compareWithEarlier(_ directory: RunDirectory, _ log: LogWriter) throws {
    guard let text = try TextFile.read(directory.configuration.path) else { return }
    let earlier = try Registries.standard.configuration(toml: text, fileName: directory.configuration.path)
    let differences = configuration.differences(from: earlier)
    func describe(_ field: ConfigurationField) -> String {
      "\(field.path) = \(field.value(configuration).toml), was \(field.value(earlier).toml)"
    }
    let fixed = differences.filter(\.shapesUnrolls)
    guard fixed.isEmpty else {
      throw ConfigurationError(
        fixed.map { "\(describe($0)) when run \(directory.url.lastPathComponent) began; that cannot change" })
    }
    for field in differences { log.info("changed since the run's last session: \(describe(field))") }
  }

  private func expectRemainingSteps(_ counters: RunCounters, run name: String) throws {
    let total = configuration.run.steps
    guard counters.trainedSteps >= total else { return }
    throw RunError.complete(
      "run \(name) is complete: it has done \(counters.trainedSteps) of \(total) steps; ask for more with --steps")
  }

  // MARK: Labels

  private func openLabels(_ directory: RunDirectory) throws -> LabelStore {
    let shared = configuration.annotator.store
    return try LabelStore(path: shared.isEmpty ? directory.labels.path : shared)
  }

  /// The annotation desk with the labels of earlier sessions and other runs, which the algorithm learns.
  private func openDesk(
    _ labels: LabelStore, _ plan: RunPlan, run: String, _ algorithm: RunAlgorithm, _ log: LogWriter
  ) throws -> AnnotationDesk {
    var desk = AnnotationDesk(store: labels, options: AnnotationDesk.Options(plan, run: run))
    var earlier = RewardUpdate(labels: try desk.restore(), isEarlier: true)
    earlier.preferences = try desk.restorePairs()
    if let notice = desk.unusableNotice() { log.warning(notice) }
    if algorithm.readsTexts { earlier.captions = desk.newCaptions() }
    var reason: String?
    try algorithm.learnEarlier(earlier) {
      reason = reason ?? interruption()
      return reason != nil
    }
    if let reason { throw Self.stopped(reason) }
    try expectTaught(algorithm, store: desk.store.path)
    let ignored = desk.ledger.statistics.ignored
    if ignored > 0, let origin = desk.origin {
      log.info("labels of \(origin) count; \(ignored) stored captions have labels of other origins only, which do not")
    }
    return desk
  }

  /// A reward model that must be pretrained, or that never learns in this run, must have learned something by now.
  private func expectTaught(_ algorithm: RunAlgorithm, store: String) throws {
    guard algorithm.rewardVersion == 0 else { return }
    let reward = configuration.reward
    if reward.pretrainSteps > 0 {
      throw RunError.failed(
        "reward.pretrain_steps = \(reward.pretrainSteps), and \(store) holds nothing to learn from that counts; "
          + "set annotator.store to a store with labels or preferences")
    }
    if reward.frozen {
      throw RunError.failed(
        "reward.frozen = true, and there is no model to keep: set reward.pretrain_steps, or resume from a checkpoint")
    }
  }
}

extension AnnotationDesk.Options {
  init(_ plan: RunPlan, run: String) {
    let configuration = plan.configuration
    expectedOrigin = { plan.expectedOrigin(principle: $0) }
    expectedPairOrigin = plan.expectedPairOrigin()
    let annotator = configuration.annotator
    deadlineSeconds = annotator.deadlineSeconds
    self.run = run
    acceptsAnyOrigin = annotator.acceptVersions == .any
    pairShare = annotator.pairShare
    readsPairs = annotator.kind == .none && configuration.reward.model == .ranking
    ledger.capacity = annotator.maximumCaptions
    ledger.seed = UInt64(bitPattern: Int64(configuration.run.seed))
    if annotator.shareTemplates && plan.specification.sharesTemplates { ledger.sharing.insert(.templates) }
    if plan.annotator.asksModel { ledger.sharing.insert(.shownTexts) }
    // The configuration's validation makes sure that one weight is above zero.
    ledger.order =
      AskingOrder(
        newest: annotator.newestWeight, frequent: annotator.frequentWeight, uncertain: annotator.uncertainWeight,
        effect: annotator.effectWeight)
      ?? .newestFirst
    func limit<Number: Comparable & ExpressibleByIntegerLiteral>(_ number: Number) -> Number? {
      number > 0 ? number : nil
    }
    ledger.budget = AskingBudget(
      labelsPerSecond: limit(annotator.labelsPerSecond),
      labelsPerMillionSteps: limit(annotator.labelsPerMillionSteps), labels: limit(annotator.labelsPerRun),
      tokens: limit(annotator.tokensPerRun))
  }
}
