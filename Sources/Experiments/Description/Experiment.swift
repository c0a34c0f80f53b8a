/// A comparison of configurations: arms that differ in what is named, and are equal in all else, each run with several
/// seeds for the same number of environment steps.
public struct Experiment: Sendable, Equatable {
  /// The file's name without its ending.
  public var name: String
  /// One line.
  public var title: String
  /// What is compared and why, for the report.
  public var text: String
  /// Path of the run configuration that all arms start from.
  public var configuration: String
  /// Environment steps of each run.
  public var steps: Int
  /// Each arm is run once with each.
  public var seeds: [Int]
  /// Episodes, the last of a run, that its result is the mean of.
  public var window: Int
  /// What the arms are compared by.
  public var measure: Measure
  /// Episodes that each run's final policy is evaluated with, the same ones for all; 0 = none.
  public var evaluationEpisodes: Int
  /// Points of a learning curve.
  public var points: Int
  public var arms: [ExperimentArm]
  /// The arm whose runs the others' are compared with, seed by seed.
  public var baseline: String?

  /// Environment steps between two points of a curve.
  var stepsPerPoint: Int { max(1, steps / points) }
}
