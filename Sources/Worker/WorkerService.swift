import Assembly
import Configuration
import Environments
import Runtime
import Transport
import Wire

/// The role of a rollout worker: environments on rollout threads, and one connection to the learner on the calling thread.
public final class WorkerService {
  /// How this worker runs. The learner says what it plays.
  public struct Options: Sendable {
    public var link: LearnerLink.Options
    /// The name that this worker asks for.
    public var name: String
    public var host: String
    /// Rollout threads; nil = the number in the run's configuration, or `automaticThreads` if that is 0.
    public var threads: Int?
    /// Rollout threads if neither this worker nor the run states a number.
    public var automaticThreads = 1
    /// Whether rollout threads run only in time that other threads leave, so that a learner on the same machine has
    /// priority and both can have a thread for every core.
    public var runsInIdleTime = false
    public var netHackDirectory: String?
    /// Which programs the run's task may run here: the learner names them.
    public var programs = Programs.asConfigured
    /// Memory that the run may take in this worker, in bytes.
    public var memoryBytes = UsableMemory.bytes / 2
    /// What the run's configuration chooses among.
    public var registries = Registries.standard
    /// Whether the worker plays on the calling thread (`collectInline`) instead of on rollout threads.
    public var inline = false
    /// Receives what watches the environments of an inline worker, before they are made: a call that never returns stops
    /// the calling thread, so another thread has to watch.
    package var watchInline: (@Sendable (EnvironmentWatchdog) -> Void)?

    public init(link: LearnerLink.Options, name: String, host: String) {
      self.link = link
      self.name = name
      self.host = host
    }
  }

  /// Seconds that rollout threads may take to end. An environment that does not return would keep the process from ending.
  public static let joinSeconds = 5.0

  let options: Options
  let log: @Sendable (String) -> Void
  let wake: WakeUp
  private(set) var link: LearnerLink
  private let gate = CreditGate()
  /// The newest policy: the I/O thread replaces it, rollout threads read it between unrolls.
  private let policy = SharedValue<PolicySnapshot?>(nil)
  /// Unrolls on their way from the rollout threads to the I/O thread. Credits bound their number.
  private let outbox: Mailbox<Result<CollectedUnroll, any Error>>
  /// What is made for the first Welcome, and the Welcome that waits for it.
  private var build: EngineBuild?
  private var waiting: Welcome?
  private var engine: RolloutEngine?
  private var watchdog: EnvironmentWatchdog?
  private var uploader: TrajectoryUploader?
  /// Why captions count as none, as the log says it.
  private var loggedLoss: String?
  /// Whether the session's first policy has not arrived yet.
  private var awaitsPolicy = false
  private var snapshotRequested = false
  /// When the latest policy was asked for.
  private var snapshotRequestedAt = 0.0
  private var threadsRunning = false
  /// `worker.environment_seconds` of the run.
  private var environmentSeconds = 0.0
  /// Whether trajectories travel compressed.
  private var compresses = false
  /// Whether the run allows no policy lag, and credits that wait for the policy that they were granted for.
  private var isSynchronous = false
  private var heldCredits = 0
  private var heldUnits: [UInt64] = []
  private var statistics = WorkerStatistics()
  /// The run is over, or the learner is stopping.
  public private(set) var isFinished = false

  /// - Parameter seed: makes the random part of the link's pauses.
  public init(
    context: MessagingContext, options: Options, seed: UInt64, log: @escaping @Sendable (String) -> Void
  ) throws {
    self.options = options
    self.log = log
    wake = try WakeUp()
    outbox = Mailbox(capacity: nil, wakeUp: wake)
    link = LearnerLink(
      context: context, options: options.link,
      hello: Hello(
        role: .worker, name: options.name, host: options.host,
        threads: UInt32(options.threads ?? options.automaticThreads)), seed: seed)
  }

  /// Does everything that is possible without waiting.
  /// - Throws: `WorkerError` if this worker cannot continue, or an environment's error if its worlds cannot be restarted.
  public func pump(now: Double) throws {
    for event in link.pump(
      now: now, heartbeat: { statistics.heartbeat(now: now, captions: engine?.captions.count ?? 0) })
    {
      try handle(event, now)
    }
    try takeEngine()
    if let call = watchdog?.check(now: now) {
      throw WorkerError.stuck(call, seconds: environmentSeconds)
    }
    try sendCollected(now)
    refreshPolicy(now)
    askForEpisodes()
  }

  /// Plays one unroll on this thread if there is credit for it; for `inline` workers.
  /// - Returns: whether it played.
  public func collectInline() throws -> Bool {
    guard let engine, let snapshot = policy.current, let credit = gate.takeIfAvailable(engine.inlineCost) else {
      return false
    }
    for buffer in try engine.collectInline(work: credit.units, policy: snapshot) {
      outbox.put(.success(CollectedUnroll(buffer: buffer, session: credit.session)))
    }
    return true
  }

  /// Time that all unrolls so far have taken.
  public var times: RolloutTimes { statistics.times }

  /// When `pump` is due again if no message arrives.
  func nextDeadline(now: Double) -> Double {
    min(link.nextDeadline(now: now), watchdog?.nextCheck(now: now) ?? .infinity, refreshAt)
  }

  /// Ends the rollout threads, each after its current unroll, and says Goodbye. A thread that does not end within
  /// `seconds` ends with the process.
  public func shutDown(reason: String, waitingAtMost seconds: Double = WorkerService.joinSeconds) {
    gate.close()
    let deadline = MonotonicClock.seconds + seconds
    if build != nil { engine = (try? build?.take(until: deadline)) ?? engine }
    if threadsRunning, engine?.join(until: deadline) == false {
      log("some unrolls were not finished within \(Int(seconds)) s; ending without them")
    }
    if let summary = uploader?.traffic.summary { log("sent \(summary)") }
    link.close(Goodbye(reason: .leaving, text: reason))
  }

  private func handle(_ event: LearnerLink.Event, _ now: Double) throws {
    switch event {
    case .welcomed(let welcome): try begin(welcome)
    case .received(let envelope): try handle(envelope)
    case .lost(let reason, let pause):
      gate.suspend()
      log(LearnerLink.Event.line(reason, retrySeconds: pause))
    case .refused(let refused): throw WorkerError.refused(refused.text)
    case .ended(let goodbye):
      isFinished = true
      log("the learner ended the session: \(goodbye.text)")
    }
  }

  /// A session begins when the environments are made; the first Welcome starts their making.
  private func begin(_ welcome: Welcome) throws {
    if engine == nil, build == nil { try startBuild(welcome) }
    waiting = welcome
    try takeEngine()
  }

  /// Begins the session whose Welcome waits, once there are environments to play.
  private func takeEngine() throws {
    if let build, let made = try build.take() { (engine, self.build) = (made, nil) }
    guard let engine, let welcome = waiting else { return }
    waiting = nil
    guard link.isWelcomed else { return }
    let uploader = uploader ?? TrajectoryUploader(captions: engine.captions, compresses: compresses)
    self.uploader = uploader
    uploader.beginSession()
    engine.episodes?.beginSession()
    awaitsPolicy = true
    (heldCredits, heldUnits) = (0, [])
    gate.begin(limit: Int(welcome.creditLimit))
    log(
      "welcomed to run \(welcome.runName) as \(welcome.peerName): \(engine.groupCount) groups of \(engine.shape.environmentCount) environments"
    )
    // First, so that it is here when the first policy is.
    askForEpisodes()
    requestSnapshot()
  }

  private func startBuild(_ welcome: Welcome) throws {
    let configuration = try options.registries.configuration(
      toml: welcome.configuration, fileName: "the learner's configuration")
    let plan = try RunPlan(
      configuration, registries: options.registries, netHackDirectory: options.netHackDirectory,
      programs: options.programs)
    if let difference = plan.layout.difference(from: welcome.layout) {
      throw WorkerError.mismatch("\(difference) in the learner's run: use the same release of Tengu for both")
    }
    let configured = configuration.worker.threads
    let threads = options.threads ?? (configured > 0 ? configured : options.automaticThreads)
    try WorkerMemory(plan, threads: threads, credits: Int(welcome.creditLimit)).check(limit: options.memoryBytes)
    let watches = (0..<threads * configuration.worker.groupsPerThread).map {
      EnvironmentWatch(group: $0, environments: plan.unrollShape.environmentCount)
    }
    environmentSeconds = configuration.worker.environmentSeconds
    isSynchronous = configuration.learner.maximumPolicyLag == 0
    if environmentSeconds > 0 {
      let watchdog = EnvironmentWatchdog(watches, limit: environmentSeconds)
      if options.inline { options.watchInline?(watchdog) } else { self.watchdog = watchdog }
    }
    compresses = configuration.transport.compression.applies(onLoopback: options.link.endpoint.isLoopback)
    link.steps = plan.unrollShape.schema
    link.hello.configurationHash = welcome.configurationHash
    let build = EngineBuild(plan, seed: welcome.seed, threads: threads, watches: watches, wake: wake)
    build.start(inline: options.inline)
    self.build = build
  }

  private func handle(_ envelope: Envelope) throws {
    switch envelope.message {
    case .acknowledgement(let acknowledgement):
      grant(acknowledgement)
      follow(acknowledgement.policyVersion)
      askForEpisodes(newest: acknowledgement.planVersion)
    case .heartbeatReply(let reply): follow(reply.policyVersion)
    case .snapshot(let snapshot): try install(snapshot, envelope.tensors)
    case .plan(let plan): try take(plan)
    default: break
    }
  }

  private func grant(_ acknowledgement: Acknowledgement) {
    if isSynchronous, policy.current?.version != acknowledgement.policyVersion {
      heldCredits += Int(acknowledgement.credits)
      heldUnits += acknowledgement.units
    } else {
      gate.grant(Int(acknowledgement.credits), units: acknowledgement.units)
    }
  }

  // MARK: Episodes

  /// Asks for more of the run's plan if little of it is left.
  /// - Parameter newest: the plan's version according to the learner; nil if it has said nothing new.
  private func askForEpisodes(newest: UInt64? = nil) {
    guard let episodes = engine?.episodes, link.isWelcomed, waiting == nil,
      let request = episodes.request(newest: newest)
    else { return }
    if !link.send(.planRequest(request)) { episodes.failedToAsk() }
  }

  private func take(_ plan: Plan) throws {
    guard let engine, let episodes = engine.episodes else { return }
    for entry in plan.entries {
      guard let obstacle = engine.abilities.obstacle(entry) else { continue }
      throw WorkerError.mismatch(
        "entry \(entry.number) of the learner's plan asks for \(obstacle), which this worker cannot do: change [plan] in the "
          + "run's configuration, or use the same release of Tengu for both")
    }
    episodes.add(plan)
  }

  // MARK: Policies

  /// Parts of an unroll after which a worker looks for a newer policy. Acknowledgements name the newest version, but none
  /// comes in the middle of an unroll.
  private static let refreshesPerUnroll = 4.0
  /// Seconds between two looks, at least: what an unroll of this length could gain is not worth the messages.
  private static let shortestRefreshSeconds = 0.02

  /// When to look for a newer policy next; infinite if the unrolls are short.
  private var refreshAt: Double {
    let seconds = statistics.unrollSeconds / Self.refreshesPerUnroll
    guard seconds >= Self.shortestRefreshSeconds, threadsRunning, link.isWelcomed, !awaitsPolicy else {
      return .infinity
    }
    return snapshotRequestedAt + seconds
  }

  private func refreshPolicy(_ now: Double) {
    guard now >= refreshAt, !snapshotRequested, let version = policy.current?.version else { return }
    snapshotRequestedAt = now
    _ = link.send(.snapshotRequest(SnapshotRequest(newerThan: version)))
  }

  /// Asks for the newest policy if this worker has another one.
  private func follow(_ newest: UInt64) {
    guard engine != nil, waiting == nil else { return }
    if policy.current?.version != newest { requestSnapshot() }
  }

  private func requestSnapshot() {
    guard !snapshotRequested || awaitsPolicy else { return }
    snapshotRequestedAt = MonotonicClock.seconds
    snapshotRequested = link.send(.snapshotRequest(SnapshotRequest()))
  }

  private func install(_ snapshot: Snapshot, _ tensors: [TensorFrame]) throws {
    snapshotRequested = false
    guard let engine, let tensor = tensors.first, tensor.shape == [engine.parameterCount] else {
      throw WorkerError.mismatch(
        "the learner's policy has shape \(tensors.first?.shape ?? []), this worker's network has \(engine?.parameterCount ?? 0) parameters"
      )
    }
    let newest = engine.snapshot(
      version: snapshot.version, parameters: tensor.pointer(as: Float.self), owner: tensor.frame.owner)
    policy.update { $0 = newest }
    gate.grant(heldCredits, units: heldUnits)
    (heldCredits, heldUnits) = (0, [])
    guard awaitsPolicy else { return }
    awaitsPolicy = false
    gate.admit()
    if !options.inline, !threadsRunning { startThreads(engine) }
  }

  private func startThreads(_ engine: RolloutEngine) {
    threadsRunning = true
    let outbox = outbox
    engine.start(runsInIdleTime: options.runsInIdleTime, gate: gate, policy: policy) { outbox.put($0) }
  }

  /// Sends the unrolls that the rollout threads have delivered. An unroll of an earlier session has no credit in this one:
  /// it is discarded and counted.
  private func sendCollected(_ now: Double) throws {
    for result in outbox.takeAll() {
      let unroll = try result.get()
      let buffer = unroll.buffer
      statistics.collected(buffer.shape.frameCount, buffer.times, now: now)
      for failure in buffer.failures {
        statistics.environmentErrors += 1
        log("an environment failed and was replaced: \(failure)")
      }
      let isCurrent = unroll.session == gate.currentSession && link.isWelcomed
      if isCurrent, uploader?.send(buffer, over: link) == true { continue }
      statistics.discardedTrajectories += 1
      // The learner did not receive it, so it does not return the credit.
      if isCurrent { gate.grant(1, units: buffer.unit > 0 ? [buffer.unit] : []) }
    }
    if let spent = uploader?.takeTimes() { statistics.sent(spent) }
    if let loss = uploader?.loss, loss != loggedLoss {
      log(loss)
      loggedLoss = loss
    }
  }

  // MARK: Loop

  /// Runs the role until the run is over or a signal arrives.
  /// - Throws: `WorkerError` if this worker cannot continue, or an environment's error if its worlds cannot be restarted.
  public func run(signals: ProcessSignals) throws {
    while !isFinished {
      let poller = Poller()
      _ = poller.add(wake)
      _ = poller.add(descriptor: signals.descriptor)
      if let socket = link.socket { _ = poller.add(socket) }
      let now = MonotonicClock.seconds
      _ = try poller.wait(milliseconds: Int(max(0, nextDeadline(now: now) - now) * 1000) + 1)
      if let signal = signals.next() {
        log("received \(signal); ending after the current unrolls")
        return shutDown(reason: "received \(signal)")
      }
      do {
        try pump(now: MonotonicClock.seconds)
      } catch let error as WorkerError {
        // A thread in an environment that hangs never ends.
        shutDown(reason: "\(error)", waitingAtMost: 0)
        throw error
      } catch {
        shutDown(reason: "\(error)")
        throw error
      }
    }
    shutDown(reason: "the run is over")
  }
}
