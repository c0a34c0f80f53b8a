import ActorCritic
import Assembly
import Configuration
import Environments
import Foundation
import Runtime
import Tensor
import Trajectories
import Wire

/// All environments of a worker and the threads that play them.
public final class RolloutEngine {
  public let captions = CaptionInterner(maximumCaptions: WireLimits.maximumCaptionsPerSession)
  public let shape: UnrollShape
  /// P: the parameters of the policy.
  public let parameterCount: Int
  /// What it can do for entries of the run's plan.
  let abilities: PlanAbilities
  /// nil if units prepare the policy themselves.
  private let network: PolicyNetwork?
  /// What the run's plan has for this worker; nil if the run has no plan.
  let episodes: EpisodePlan?
  let units: [any RolloutUnit]
  private var threads: [RolloutThread] = []
  private var turn = 0

  /// - Parameters:
  ///   - seed: the worker's seed, from which the seeds of its groups follow.
  ///   - threads: rollout threads.
  ///   - watches: one for each group, told of each call of its environments; nil if nobody watches.
  /// - Throws: `EnvironmentError` if the task's world cannot be made.
  public init(plan: RunPlan, seed: UInt64, threads: Int, watches: [EnvironmentWatch]? = nil) throws {
    let configuration = plan.configuration
    shape = plan.unrollShape
    parameterCount = plan.policyParameters.count
    var seeds = SplitMix64(seed: seed)
    let environments = threads * configuration.worker.groupsPerThread * shape.environmentCount
    episodes = configuration.plan.isThere ? EpisodePlan(environments: environments) : nil
    let (shape, captions, episodes) = (shape, captions, episodes)
    if let text = plan.text {
      network = nil
      abilities = PlanAbilities()
      units = (0..<threads).map { thread in
        TextWritingUnit(
          index: thread, text, shape: shape, runSeed: configuration.seed, ownSeed: seeds.next())
      }
      return
    }
    let network = plan.network
    self.network = network
    let doubleBuffered = configuration.worker.doubleBuffered
    let groupsPerThread = configuration.worker.groupsPerThread
    let hosts = try plan.makeHosts(threads: threads)
    let steering = Steering.Options(configuration)
    let units: [any PlayingUnit] = try (0..<threads).map { thread in
      let groups = try (0..<groupsPerThread).map { g in
        let (index, seed) = (thread * groupsPerThread + g, seeds.next())
        guard let own = hosts?[thread] else {
          return try RolloutGroup(
            index: index, shape: shape, network: network, captions: captions, seed: seed,
            plan: episodes, steering: steering, watch: watches?[index], make: plan.makeEnvironment)
        }
        let batch = try own[g % own.count].makeBatch(count: shape.environmentCount, name: "group \(index)")
        return RolloutGroup(
          index: index, shape: shape, network: network, captions: captions, seed: seed, plan: episodes,
          batch: batch)
      }
      guard doubleBuffered else { return AlternatingGroups(groups: groups) }
      return hosts == nil
        ? try DoubleBufferedPair(groups[0], groups[1]) : OverlappingPair(groups[0], groups[1])
    }
    self.units = units
    abilities = PlanAbilities(
      isContinuous: plan.specification.actions.isContinuous, cutsEpisodes: hosts == nil,
      steeringHeads: units.first?.groups.first?.steeringHeads ?? 0)
  }

  /// Groups of environments; credits are counted in their unrolls.
  public var groupCount: Int { units.reduce(0) { $0 + $1.groupCount } }

  /// Starts one thread for each unit. A thread takes credits, plays, and calls `deliver` with its unrolls.
  /// - Parameter runsInIdleTime: whether the threads run only when no other thread of the machine wants to.
  func start(
    runsInIdleTime: Bool = false, gate: CreditGate, policy: SharedValue<PolicySnapshot?>,
    deliver: @escaping @Sendable (Result<CollectedUnroll, any Error>) -> Void
  ) {
    threads = units.enumerated().map { index, unit in
      RolloutThread(
        index: index, unit: unit, runsInIdleTime: runsInIdleTime, gate: gate, policy: policy, deliver: deliver)
    }
    for thread in threads { thread.start() }
  }

  /// Waits until every thread has finished its unroll. The gate must be closed.
  /// - Parameter deadline: when to stop waiting, by the monotonic clock: a thread whose environment does not return never
  ///   ends.
  /// - Returns: whether all have ended.
  func join(until deadline: Double) -> Bool {
    threads = threads.filter { !$0.join(until: deadline) }
    return threads.isEmpty
  }

  /// A policy that arrived, ready to act.
  /// - Parameters:
  ///   - parameters: [P].
  ///   - owner: keeps their memory alive.
  func snapshot(version: UInt64, parameters: UnsafePointer<Float>, owner: AnyObject) -> PolicySnapshot {
    guard let network else { return PolicySnapshot(version: version, parameters: parameters, owner: owner) }
    return PolicySnapshot(network: network, version: version, parameters: parameters, owner: owner)
  }

  /// Plays the turn of the next unit on the calling thread.
  package func collectInline(work: [UInt64] = [], policy: PolicySnapshot) throws -> [TrajectoryBuffer] {
    defer { turn = (turn + 1) % units.count }
    return try units[turn].collect(work: work) { policy }
  }

  /// Credits that the next inline turn costs.
  var inlineCost: Int { units[turn].unrollsPerTurn }
}

/// An unroll, and the session whose credit it was played for.
struct CollectedUnroll: Sendable {
  let buffer: TrajectoryBuffer
  let session: Int
}

/// A thread that plays one unit: it takes credit, plays an unroll with the newest policy at each step, and delivers it.
///
/// `@unchecked` holds because only this thread uses the unit from `start` to `join`.
final class RolloutThread: @unchecked Sendable {
  private let index: Int
  private let unit: any RolloutUnit
  private let runsInIdleTime: Bool
  private let gate: CreditGate
  private let policy: SharedValue<PolicySnapshot?>
  private let deliver: @Sendable (Result<CollectedUnroll, any Error>) -> Void
  private let ended = DispatchSemaphore(value: 0)

  /// - Parameter runsInIdleTime: whether the thread runs only when no other thread of the machine wants to.
  init(
    index: Int, unit: any RolloutUnit, runsInIdleTime: Bool = false, gate: CreditGate,
    policy: SharedValue<PolicySnapshot?>,
    deliver: @escaping @Sendable (Result<CollectedUnroll, any Error>) -> Void
  ) {
    self.index = index
    self.unit = unit
    self.runsInIdleTime = runsInIdleTime
    self.gate = gate
    self.policy = policy
    self.deliver = deliver
  }

  func start() {
    let thread = Thread { [self] in
      CurrentThread.setName("rollout-\(index)")
      if runsInIdleTime { CurrentThread.lowerPriority() }
      run()
      ended.signal()
    }
    thread.stackSize = 8 << 20
    thread.start()
  }

  /// Waits for the thread's end, but not beyond `deadline` of the monotonic clock.
  /// - Returns: whether it has ended; then it must not be asked again.
  func join(until deadline: Double) -> Bool {
    ended.wait(timeout: .now() + max(0, deadline - MonotonicClock.seconds)) == .success
  }

  private func run() {
    var waited = MonotonicClock.seconds
    while let credit = gate.take(unit.unrollsPerTurn) {
      let wait = MonotonicClock.seconds - waited
      defer { waited = MonotonicClock.seconds }
      // The gate grants credits only after a policy has arrived.
      guard let snapshot = policy.current else { continue }
      do {
        let buffers = try unit.collect(work: credit.units) { policy.current ?? snapshot }
        for (index, buffer) in buffers.enumerated() {
          if index == 0 { buffer.times.wait = wait }
          deliver(.success(CollectedUnroll(buffer: buffer, session: credit.session)))
        }
      } catch {
        deliver(.failure(error))
        return
      }
    }
  }
}
