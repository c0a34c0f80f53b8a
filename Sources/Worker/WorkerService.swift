import Assembly
import Configuration
import Environments
import Glibc
import Runtime
import Transport
import Wire

/// The rollout worker's role: environments on rollout threads, one connection to the learner on the calling thread.
public final class WorkerService {
  /// How this worker runs; everything about *what* it plays comes from the learner.
  public struct Options: Sendable {
    public var link: LearnerLink.Options
    /// What it would like to be called.
    public var name: String
    public var host: String
    /// Rollout threads; nil: the run's configuration decides, or the number of cores.
    public var threads: Int?
    /// Rollout threads when neither this worker nor the run says how many.
    public var automaticThreads = 1
    /// A learner on the same machine goes first: rollout threads run in the time that its threads leave, so that both
    /// may have one for every core.
    public var givesWay = false
    public var netHackDirectory: String?
    /// Play on the calling thread, when told to (`collectInline`), instead of on threads of its own.
    public var inline = false

    public init(link: LearnerLink.Options, name: String, host: String) {
      self.link = link
      self.name = name
      self.host = host
    }
  }

  let options: Options
  let log: @Sendable (String) -> Void
  let wake: WakeUp
  private(set) var link: LearnerLink
  private let gate = CreditGate()
  private let policy = PolicyBox()
  private let outbox = Outbox()
  private var engine: RolloutEngine?
  private var uploader: TrajectoryUploader?
  /// Credits of a welcome that wait for the session's first policy.
  private var creditsAwaitingPolicy: Int?
  private var snapshotRequested = false
  private var threadsRunning = false
  private var statistics = WorkerStatistics()
  /// The run is over, or the learner is stopping.
  public private(set) var isFinished = false

  public init(
    context: MessagingContext, options: Options, session: UInt64, log: @escaping @Sendable (String) -> Void
  ) throws {
    self.options = options
    self.log = log
    wake = try WakeUp()
    link = LearnerLink(
      context: context, options: options.link,
      hello: Hello(
        role: .worker, name: options.name, host: options.host, processID: UInt32(getpid()), session: session,
        threads: UInt32(options.threads ?? options.automaticThreads)))
  }

  /// Does all that can be done without waiting.
  /// - Throws: when this worker cannot go on: it was refused, or its environments failed for good.
  public func pump(now: Double) throws {
    for event in link.pump(
      now: now, heartbeat: { statistics.heartbeat(now: now, captions: engine?.captions.count ?? 0) })
    {
      try handle(event, now)
    }
    try sendCollected(now)
  }

  /// Plays one unroll on this thread if there is credit for it. For `inline` workers.
  public func collectInline() throws -> Bool {
    guard let engine, let snapshot = policy.current, let session = gate.takeIfAvailable(engine.inlineCost) else {
      return false
    }
    for buffer in try engine.collectInline(policy: snapshot) {
      outbox.put(.success(CollectedUnroll(buffer: buffer, session: session)))
    }
    return true
  }

  /// What all unrolls so far have taken.
  public var times: RolloutTimes { statistics.times }

  /// When `pump` next has something to do by itself.
  func nextDeadline(now: Double) -> Double { link.nextDeadline(now: now) }

  /// Ends the rollout threads, each after its current unroll, and says goodbye.
  public func shutDown(reason: String) {
    gate.close()
    if threadsRunning { engine?.join() }
    if let summary = uploader?.traffic.summary { log("sent \(summary)") }
    link.close(Goodbye(reason: .leaving, text: reason))
  }

  private func handle(_ event: LearnerLink.Event, _ now: Double) throws {
    switch event {
    case .welcomed(let welcome): try begin(welcome)
    case .received(let envelope): try handle(envelope)
    case .lost(let reason, let pause):
      gate.suspend()
      log("\(reason); trying again in \(Int(pause.rounded(.up))) s")
    case .refused(let refused): throw WorkerError.refused(refused.text)
    case .ended(let goodbye):
      isFinished = true
      log("the learner ended the session: \(goodbye.text)")
    }
  }

  /// A session begins: the first one also says what is played.
  private func begin(_ welcome: Welcome) throws {
    if engine == nil { try build(welcome) }
    guard let engine else { return }
    uploader?.beginSession()
    creditsAwaitingPolicy = Int(welcome.credits) * engine.groupCount
    log(
      "welcomed to run \(welcome.runName) as \(welcome.peerName): \(engine.groupCount) groups of \(engine.shape.environmentCount) environments"
    )
    requestSnapshot()
  }

  private func build(_ welcome: Welcome) throws {
    let configuration = try RunConfiguration(toml: welcome.configuration, fileName: "the learner's configuration")
    let plan = try RunPlan(configuration, netHackDirectory: options.netHackDirectory)
    let configured = configuration.worker.threads
    let threads = options.threads ?? (configured > 0 ? configured : options.automaticThreads)
    let engine = try RolloutEngine(plan: plan, seed: welcome.seed, threads: threads)
    self.engine = engine
    uploader = TrajectoryUploader(
      captions: engine.captions,
      compresses: configuration.transport.compression.applies(onLoopback: options.link.endpoint.isLoopback))
    link.hello.configurationHash = welcome.configurationHash
  }

  private func handle(_ envelope: Envelope) throws {
    switch envelope.message {
    case .acknowledgement(let acknowledgement):
      gate.grant(Int(acknowledgement.credits))
      follow(acknowledgement.policyVersion)
    case .heartbeatReply(let reply): follow(reply.policyVersion)
    case .snapshot(let snapshot): try install(snapshot, envelope.tensors)
    default: break
    }
  }

  /// Asks for the newest policy when this worker's is not it.
  private func follow(_ newest: UInt64) {
    if policy.current?.version != newest { requestSnapshot() }
  }

  private func requestSnapshot() {
    guard !snapshotRequested || creditsAwaitingPolicy != nil else { return }
    snapshotRequested = link.send(.snapshotRequest(SnapshotRequest(knownVersion: policy.current?.version ?? 0)))
  }

  private func install(_ snapshot: Snapshot, _ tensors: [TensorFrame]) throws {
    snapshotRequested = false
    guard let engine, let tensor = tensors.first, tensor.shape == [engine.network.parameters.count] else {
      throw WorkerError.mismatch(
        "the learner's policy has shape \(tensors.first?.shape ?? []), this worker's network has \(engine?.network.parameters.count ?? 0) parameters"
      )
    }
    policy.replace(
      with: PolicySnapshot(
        network: engine.network, version: snapshot.version, parameters: tensor.pointer(as: Float.self),
        owner: tensor.frame))
    guard let credits = creditsAwaitingPolicy else { return }
    creditsAwaitingPolicy = nil
    gate.begin(credits: credits)
    if !options.inline, !threadsRunning { startThreads(engine) }
  }

  private func startThreads(_ engine: RolloutEngine) {
    threadsRunning = true
    let (outbox, wake) = (outbox, wake)
    engine.start(givesWay: options.givesWay, gate: gate, policy: policy) { unroll in
      outbox.put(unroll)
      wake.signal()
    }
  }

  /// Sends what the rollout threads have delivered. An unroll of an earlier session has no credit in this one, and is
  /// counted as discarded.
  private func sendCollected(_ now: Double) throws {
    for result in outbox.takeAll() {
      let unroll = try result.get()
      let buffer = unroll.buffer
      statistics.collected(buffer.shape.frames, buffer.times, now: now)
      for failure in buffer.failures {
        statistics.environmentErrors += 1
        log("an environment failed and was replaced: \(failure)")
      }
      let isCurrent = unroll.session == gate.currentSession && link.isWelcomed
      if isCurrent, uploader?.send(buffer, over: link) == true { continue }
      statistics.discardedTrajectories += 1
      // The learner never saw it, so it will not return the credit.
      if isCurrent { gate.grant(1) }
    }
  }
}
