/// What one byte of `Unroll.flags` says of a step.
public struct StepFlags: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The episode ended in the world itself: the value after the step is zero.
  public static let terminated = StepFlags(rawValue: 1 << 0)
  /// The episode was cut by a limit: the value after the step is that of the terminal observation.
  public static let truncated = StepFlags(rawValue: 1 << 1)
  /// The episode reached its task's goal.
  public static let succeeded = StepFlags(rawValue: 1 << 2)

  /// Either of the two ends of an episode.
  public static let ended: StepFlags = [.terminated, .truncated]

  /// Whether the step ended its episode.
  @inlinable public var endsEpisode: Bool { !isDisjoint(with: .ended) }
}
