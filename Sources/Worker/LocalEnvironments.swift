import Environments
import Trajectories

/// Environments that the group's own thread steps, one after the other. Each call is noted for the thread that watches.
final class LocalEnvironments: EnvironmentBatch {
  private(set) var environments: [any Environment]
  private let watch: EnvironmentWatch
  private let make: () throws -> any Environment
  /// Steps played so far; wraps around.
  private var clock: UInt32 = 0
  private var isStepping = false

  /// - Parameter make: makes an environment; called `count` times here, and again to replace an environment that failed.
  init(count: Int, watch: EnvironmentWatch, make: @escaping () throws -> any Environment) throws {
    self.watch = watch
    self.make = make
    environments = try (0..<count).map { e in
      watch.make(e, clock: 0)
      return try make()
    }
  }

  func start(seeds: UnsafePointer<UInt64>) {}

  func reset(_ e: Int, seed: UInt64, into output: StepOutput) throws {
    watch.start(e, seed: seed, clock: clock)
    try environments[e].reset(seed: seed, into: output)
  }

  func send(_ actions: UnsafePointer<Int32>, nextSeeds: UnsafePointer<UInt64>) { isStepping = true }

  func receive() {}

  func step(_ e: Int, action: ActionChoice, into output: StepOutput) throws -> Transition {
    watch.step(e, action: action.discreteIndex, clock: clock)
    return try environments[e].step(action, into: output)
  }

  func facts(_ e: Int) -> EpisodeFacts { environments[e].facts }

  func replace(_ e: Int) throws {
    watch.make(e, clock: clock)
    environments[e] = try make()
  }

  func rest() {
    if isStepping { clock &+= 1 }
    isStepping = false
    watch.rest()
  }
}
