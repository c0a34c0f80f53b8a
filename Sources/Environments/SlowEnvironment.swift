import Glibc

/// An environment whose steps take longer: it sleeps before each one. A core then hosts as many environments as it
/// likes, so that a few cores show what many machines with slow environments would do.
public final class SlowEnvironment: Environment {
  private let base: any Environment
  private let microseconds: UInt32

  /// - Parameter microseconds: duration of the sleep before each step.
  public init(_ base: any Environment, microseconds: Int) {
    self.base = base
    self.microseconds = UInt32(clamping: microseconds)
  }

  public var specification: EnvironmentSpecification { base.specification }
  public var facts: EpisodeFacts { base.facts }

  public func reset(seed: UInt64, into output: StepOutput) throws { try base.reset(seed: seed, into: output) }

  public func step(_ action: Int, into output: StepOutput) throws -> Transition {
    usleep(microseconds)
    return try base.step(action, into: output)
  }
}
