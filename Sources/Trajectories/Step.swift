/// The tensors that every unroll carries. T steps, E environments, V value heads, S floats of recurrent state.
public enum Step {
  /// [T + 1, E, row bytes]: row t is the observation that step t acts on. After the end of an episode row t + 1 is the
  /// first observation of the next episode.
  public static let observations = StepField<UInt8>(
    "observations", number: 1, [.stepsAndEnd, .environments, .rowBytes], values: .observations, from: .environment,
    for: [.policyUpdate, .rewards])
  /// [T, E]: the action, 0 ..< action count. In a run with a factored space [T, E, A], the choice of each factor.
  public static let actions = StepField<Int32>(
    "actions", number: 2, [.steps, .environments], values: .actions, from: .policy, for: [.policyUpdate])
  /// [T, E]: the extrinsic reward, as the environment gave it.
  public static let rewards = StepField<Float>(
    "rewards", number: 3, [.steps, .environments], values: .bounded, from: .environment, for: [.rewards])
  /// [T, E]: `StepFlags`.
  public static let flags = StepField<UInt8>(
    "flags", number: 4, [.steps, .environments], values: .flags, from: .environment, for: [.policyUpdate, .rewards])
  /// [T, E]: the log-probability of the action under the behaviour policy.
  public static let logProbabilities = StepField<Float>(
    "logProbabilities", number: 5, [.steps, .environments], values: .logProbabilities, from: .policy,
    for: [.policyUpdate])
  /// [T, E]: the id of the caption that the step led to; 0 = no caption. Worker ids on the wire, the learner's after
  /// that.
  public static let captions = StepField<UInt32>(
    "captions", number: 6, [.steps, .environments], values: .captions, from: .environment, for: [.rewards])
  /// [T, E]: how often that caption has occurred in the episode, this step included.
  public static let captionCounts = StepField<UInt16>(
    "captionCounts", number: 7, [.steps, .environments], from: .worker, for: [.rewards])
  /// [T, E, V]: the behaviour policy's value of each observation.
  public static let values = StepField<Float>(
    "values", number: 8, [.steps, .environments, .valueHeads], values: .bounded, from: .policy, for: [.policyUpdate])
  /// [T, E, V]: the behaviour policy's value of the terminal observation if a limit ended the episode, else 0.
  public static let truncationValues = StepField<Float>(
    "truncationValues", number: 9, [.steps, .environments, .valueHeads], values: .bounded, from: .policy,
    for: [.policyUpdate], isSparse: true)
  /// [E, S]: the recurrent state before the first step, 0 if an episode begins with it.
  public static let initialState = StepField<Float>(
    "initialState", number: 10, [.environments, .stateSize], values: .bounded, from: .policy, for: [.policyUpdate])
}

/// How one step ended, as one byte of `Step.flags`.
public struct StepFlags: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The episode ended in the world itself: the value after the step is zero.
  public static let terminated = StepFlags(rawValue: 1 << 0)
  /// A limit ended the episode: the value after the step is the value of the terminal observation.
  public static let truncated = StepFlags(rawValue: 1 << 1)
  /// The episode reached its task's goal.
  public static let succeeded = StepFlags(rawValue: 1 << 2)

  /// The environment did not play the action, because it only began its next episode; together with `truncated`. Nothing is
  /// learned from the step.
  public static let idle = StepFlags(rawValue: 1 << 3)

  /// Either of the two ends of an episode.
  public static let ended: StepFlags = [.terminated, .truncated]
  /// Every bit that has a meaning.
  public static let known: StepFlags = [.terminated, .truncated, .succeeded, .idle]

  /// Whether the step ended its episode.
  @inlinable public var endsEpisode: Bool { !isDisjoint(with: .ended) }
}

extension Step {
  /// The tensor of the actions in a run with this space. The name and the number are always those of `actions`.
  static func actions(in space: ActionSpace) -> StepTensor {
    let (number, size) = (actions.tensor.number, StepDimension.fixed(space.elementCount))
    switch space {
    case .discrete: return actions.tensor
    case .factored:
      return StepField<Int32>(
        "actions", number: number, [.steps, .environments, size], values: .actions, from: .policy, for: [.policyUpdate]
      ).tensor
    case .continuous:
      // Before they are squashed into their ranges: `ActionSpace.played`.
      return StepField<Float>(
        "actions", number: number, [.steps, .environments, size], values: .bounded, from: .policy, for: [.policyUpdate]
      ).tensor
    }
  }

  /// The tensor of the log-probabilities; in a continuous space they are logarithms of densities, which may exceed 0.
  static func logProbabilities(in space: ActionSpace) -> StepTensor {
    guard space.isContinuous else { return logProbabilities.tensor }
    return StepField<Float>(
      logProbabilities.tensor.name, number: logProbabilities.tensor.number, logProbabilities.tensor.shape,
      values: .logDensities, from: .policy, for: [.policyUpdate]
    ).tensor
  }
}

extension StepSchema {
  /// The tensors of every run with a discrete space.
  public static let standard = standard(.discrete(1))

  /// The tensors of every run with this space.
  public static func standard(_ actions: ActionSpace) -> StepSchema {
    StepSchema([
      Step.observations.tensor, Step.actions(in: actions), Step.rewards.tensor, Step.flags.tensor,
      Step.logProbabilities(in: actions), Step.captions.tensor, Step.captionCounts.tensor, Step.values.tensor,
      Step.truncationValues.tensor, Step.initialState.tensor,
    ])
  }
}
