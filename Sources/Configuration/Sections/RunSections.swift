/// `[run]`: the length and the seed of the run.
public struct RunSection: Sendable, Hashable {
  public var seed = 1
  /// Environment steps after which the run ends.
  public var steps = 10_000_000

  public init() {}

  static let fields: [SectionField<RunSection>] = [
    .integer(
      "seed", \.seed, 0...Int.max, "Seed of every random stream of the run: network, episodes, actions."),
    .integer(
      "steps", \.steps, 1...Int.max,
      "Environment steps to train on before the run ends, counted over all workers and resumptions."),
  ]
}

/// `[environment]`: the task that the workers play.
public struct EnvironmentSection: Sendable, Hashable {
  /// Name of the task in the environment registry.
  public var task = "NetHackScoreExtended"
  /// Steps after which an episode is truncated; 0 = the task's own limit.
  public var maximumEpisodeSteps = 0
  /// Microseconds that each step sleeps.
  public var stepMicroseconds = 0
  /// The fields that the program's tasks declare, with their values.
  public internal(set) var taskFields: [TaskField] = []

  public init() {}

  /// The value of a field that a task declares; nil if none declares it.
  /// - Precondition: the value set is in the range of a declared field.
  public subscript(name: String) -> ConfigurationValue? {
    get { taskFields.first { $0.name == name }?.value }
    set {
      guard let newValue, let index = taskFields.firstIndex(where: { $0.name == name }) else {
        preconditionFailure("no task declares environment.\(name)")
      }
      taskFields[index].value = newValue
    }
  }

  static let fields: [SectionField<EnvironmentSection>] = [
    .text(
      "task", \.task, shapesUnrolls: true, "Name of the task; `tengu envs` lists the tasks."),
    .integer(
      "maximum_episode_steps", \.maximumEpisodeSteps, 0...1_000_000_000, shapesUnrolls: true,
      "Steps after which an episode is truncated. 0 keeps the task's own limit (NetHack: 5000)."),
    .integer(
      "step_microseconds", \.stepMicroseconds, 0...10_000_000,
      "Microseconds that every step of an environment sleeps before it is played. Above 0, a few processors stand for "
        + "many machines with slow environments; see docs/scaling.md."),
  ]
}

/// A field of `[environment]` that a task declares, and its value. The schema contains none: the program passes those of
/// its environment registry.
public struct TaskField: Sendable, Hashable {
  public let name: String
  /// One or two sentences with the unit.
  public let explanation: String
  public let range: ConfigurationRange
  /// Whether the shape or the meaning of an unroll depends on the field.
  public let shapesUnrolls: Bool
  public let defaultValue: ConfigurationValue
  public internal(set) var value: ConfigurationValue

  /// - Precondition: the default is in the range.
  public init(
    _ name: String, _ range: ConfigurationRange, default defaultValue: ConfigurationValue, shapesUnrolls: Bool = true,
    _ explanation: String
  ) {
    precondition(range.contains(defaultValue), "the default of environment.\(name) is not in its range")
    self.name = name
    self.explanation = explanation
    self.range = range
    self.shapesUnrolls = shapesUnrolls
    self.defaultValue = defaultValue
    value = defaultValue
  }
}

/// `[worker]`: how a rollout worker divides its machine.
public struct WorkerSection: Sendable, Hashable {
  /// Rollout threads; 0 = chosen from the number of usable processors.
  public var threads = 0
  /// Environments that step together; the E of an unroll.
  public var environmentsPerGroup = 16
  public var groupsPerThread = 1
  public var doubleBuffered = false
  /// Time limit of one call of an environment; 0 = none.
  public var environmentSeconds = 30.0

  public init() {}

  static let fields: [SectionField<WorkerSection>] = [
    .integer(
      "threads", \.threads, 0...1024,
      "Rollout threads of a worker process. 0 starts one for each processor that the process may use. On the learner's "
        + "machine they run in the time that the learner's threads leave."),
    .integer(
      "environments_per_group", \.environmentsPerGroup, 1...65_536, shapesUnrolls: true,
      "E: environments that step together and share one inference call."),
    .integer(
      "groups_per_thread", \.groupsPerThread, 1...1024,
      "Groups of environments that each rollout thread plays in turn."),
    .boolean(
      "double_buffered", \.doubleBuffered,
      "Steps one group while the actions of the other are inferred. Needs two groups on each thread."),
    .real(
      "environment_seconds", \.environmentSeconds, 0...3_600,
      "Seconds that an environment may take for a step or a reset. A worker with one that takes longer names it in its "
        + "log (episode's seed, step, action), ends with status 75, and is started again by `scripts/launch.sh` or "
        + "`scripts/attach.sh`. `tengu serial` names it and ends with status 1. A server of environments in Python is "
        + "named and replaced instead. 0 waits without limit."),
  ]
}
