/// `[evaluation]`: seeded episodes that a process of its own plays with the newest checkpoint while the run trains.
public struct EvaluationSection: Sendable, Hashable {
  /// Trained environment steps between evaluations; 0 = no evaluations.
  public var everySteps = 0
  /// Episodes of an evaluation.
  public var episodes = 20
  public var seed = 1
  /// Whether the most probable action is taken.
  public var greedy = false
  /// Threads of the evaluating process.
  public var threads = 1

  public init() {}

  static let fields: [SectionField<EvaluationSection>] = [
    .integer(
      "every_steps", \.everySteps, 0...1_000_000_000_000,
      "Environment steps trained on between evaluations of the policy. Each saves a checkpoint, which a process of low "
        + "priority plays; the best one is kept in `best/`. An evaluation that is due while another one is running is "
        + "skipped and counted. 0: no evaluations."),
    .integer(
      "episodes", \.episodes, 1...100_000,
      "Episodes of an evaluation. Every evaluation plays the same ones."),
    .integer("seed", \.seed, 0...Int.max, "Seed of the evaluations' episodes and actions."),
    .boolean("greedy", \.greedy, "Takes the most probable action instead of sampling one."),
    .integer(
      "threads", \.threads, 1...1024,
      "Threads of the evaluating process. They run in the time that training leaves."),
  ]
}
