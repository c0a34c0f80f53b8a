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
import Transport

/// The steps from options to a learner that is ready to start as one of the ranks after the first.
///
/// It receives the run's state from rank 0, and needs nothing of the run's files. Its own log, metrics and address are in
/// RUN/rank-R.
struct RankOpening {
  private let options: LearnerOptions
  private let sizes: TrainerSizes
  private var ranks: any Communicator { options.ranks }

  init(_ options: LearnerOptions) {
    self.options = options
    sizes = TrainerSizes(options)
  }

  func open(_ context: MessagingContext) throws -> OpenedRun {
    let plan = try RunPlan(sizes.configuration)
    try LearnerMemory(plan, shards: sizes.trainingThreads).check()
    // Bound before rank 0 is awaited, so that a port that is taken ends the start at once.
    let listener = try Listener(
      try ownAddress, option: "transport.listen", keyPath: options.keyPath, allowPath: options.allowPath,
      maximumMessageBytes: plan.wireLimits.maximumMessageBytes, context: context)
    let state = try ranks.fromFirst { [] }
    let algorithm = try ActorCriticAlgorithm(plan: plan, trainingThreads: sizes.trainingThreads, ranks: ranks)
    let (runID, counters) = try RankStart.begin(algorithm, at: state, rank: ranks.rank)
    let run = URL(fileURLWithPath: options.runsDirectory).appending(path: options.runName)
    let directory = try RunDirectory(parent: run, name: RankFolder.name(of: ranks.rank), resume: true)
    let log = try LogWriter(file: directory.log.path, stream: options.logStream)
    let shared = RunAlgorithm(algorithm)
    let mailbox = try TrainerMailbox(algorithm: shared, queueCapacity: sizes.queueCapacity, counters: counters)
    let others = RankMailbox(size: ranks.size)
    let batches = RankBatches(ranks, algorithm: algorithm, trainer: mailbox, mailbox: others)
    let loop = TrainingLoop(
      sizes.loopOptions, algorithm: shared, mailbox: mailbox, saver: nil, batches: batches)
    try directory.publishProcessIdentifier()
    let configuration = options.configuration
    return OpenedRun(
      plan: plan,
      identity: RunIdentity(
        runID: runID, runName: options.runName, configuration: configuration.tomlText(),
        configurationHash: Array(configuration.hash.utf8)),
      listener: listener, directory: directory, mailbox: mailbox, algorithm: shared, loop: loop,
      desk: try desk(plan), plans: plan.configuration.plan.isThere ? RankPlan(mailbox: others) : nil,
      reporter: RunReporter(
        log: log, metrics: try MetricsFile(path: directory.metrics.path), configuration: reported,
        now: MonotonicClock.seconds),
      rewards: RewardTableFile(directory, continues: false) { log.warning($0) }, readsTexts: true, isInline: false,
      repeatsExactly: false, ranks: RankParts(ranks, mailbox: others, batches: batches))
  }

  /// The options with this rank's address: the configured port and the rank, or any free port.
  private var ownAddress: Endpoint {
    get throws {
      let first = try Endpoint(options.configuration.transport.listen)
      guard case .tcp(let host, let port) = first, port != 0 else { return first }
      guard let next = UInt16(exactly: Int(port) + ranks.rank) else {
        throw ConfigurationError([
          "transport.listen = \"\(first)\": rank R listens on this port + R, and rank \(ranks.rank) has none below 65536"
        ])
      }
      return .tcp(host: host, port: next)
    }
  }

  /// A desk that numbers captions and asks nothing: annotators attach to rank 0, which has the labels.
  private func desk(_ plan: RunPlan) throws -> AnnotationDesk {
    var options = AnnotationDesk.Options(plan, run: self.options.runName)
    options.pairShare = 0
    return AnnotationDesk(store: try LabelStore(path: ":memory:"), options: options)
  }

  /// What the reporter may complain about: not a missing annotator.
  private var reported: RunConfiguration {
    var configuration = sizes.configuration
    configuration.annotator.kind = .none
    return configuration
  }
}
