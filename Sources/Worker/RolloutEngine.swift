import ActorCritic
import Assembly
import CPlatform
import Configuration
import Environments
import Foundation
import Runtime
import Tensor

/// Every environment of a worker and the threads that play them.
public final class RolloutEngine {
  public let captions = CaptionInterner()
  public let shape: TrajectoryShape
  public let network: PolicyNetwork
  let units: [any RolloutUnit]
  private var threads: [RolloutThread] = []
  private var turn = 0

  /// - Parameters:
  ///   - seed: the worker's seed; group g's follows from it.
  ///   - threads: rollout threads.
  /// - Throws: `EnvironmentError` if the task's world cannot be made.
  public init(plan: RunPlan, seed: UInt64, threads: Int) throws {
    let configuration = plan.configuration
    let network = plan.network
    self.network = network
    shape = TrajectoryShape(
      unrollLength: configuration.learner.unrollLength,
      environmentCount: configuration.worker.environmentsPerGroup,
      rowByteCount: plan.specification.observation.rowByteCount, stateSize: network.stateSize,
      valueHeads: network.valueHeads)
    var seeds = SplitMix64(seed: seed)
    let (shape, captions) = (shape, captions)
    let doubleBuffered = configuration.worker.doubleBuffered
    let groupsPerThread = configuration.worker.groupsPerThread
    units = try (0..<threads).map { thread in
      let groups = try (0..<groupsPerThread).map { g in
        try RolloutGroup(
          index: thread * groupsPerThread + g, shape: shape, network: network, captions: captions, seed: seeds.next(),
          make: plan.makeEnvironment)
      }
      return doubleBuffered ? try DoubleBufferedPair(groups[0], groups[1]) : AlternatingGroups(groups: groups)
    }
  }

  /// Groups of environments; credits are counted in their unrolls.
  public var groupCount: Int { units.reduce(0) { $0 + $1.groups.count } }

  /// Starts one thread a unit. Each takes credits, plays, and hands its unrolls to `deliver` on its own thread.
  /// - Parameter givesWay: run only in the time that other threads of the machine leave.
  func start(
    givesWay: Bool = false, gate: CreditGate, policy: PolicyBox,
    deliver: @escaping @Sendable (Result<CollectedUnroll, any Error>) -> Void
  ) {
    threads = units.enumerated().map { index, unit in
      RolloutThread(index: index, unit: unit, givesWay: givesWay, gate: gate, policy: policy, deliver: deliver)
    }
    for thread in threads { thread.start() }
  }

  /// Waits until every thread has ended its unroll; the gate must have been closed.
  func join() {
    for thread in threads { thread.join() }
    threads = []
  }

  /// Plays the next unit's turn on the calling thread.
  package func collectInline(policy: PolicySnapshot) throws -> [TrajectoryBuffer] {
    defer { turn = (turn + 1) % units.count }
    return try units[turn].collect(policy: policy)
  }

  /// Unrolls the next inline turn costs.
  var inlineCost: Int { units[turn].unrollsPerTurn }
}
