import Assembly
import Configuration

/// A comparison of configurations: arms that differ only in the fields they set, each run with several seeds for the
/// same number of environment steps.
public struct Experiment: Sendable, Equatable {
  /// Name of the file without its extension.
  public var name: String
  /// Title of the report, one line.
  public var title: String
  /// The purpose of the comparison, for the report.
  public var text: String
  /// Path of the run configuration that all arms start from.
  public var configuration: String
  /// Environment steps of each run.
  public var steps: Int
  /// Seeds; each arm has one run for each seed.
  public var seeds: [Int]
  /// Seeds that follow, for the arms of acceptance tests that the first ones leave undecided.
  public var furtherSeeds: [Int] = []
  /// Number of last episodes of a run whose mean is its result.
  public var window: Int
  /// The measure by which the arms are compared.
  public var measure: Measure
  /// Episodes of the evaluation of each run's final policy, the same ones for all runs; 0 = no evaluation.
  public var evaluationEpisodes: Int
  /// Points of a learning curve.
  public var points: Int
  public var arms: [ExperimentArm]
  /// Name of the arm that the others are compared with, seed by seed.
  public var baseline: String?
  /// A value of the measure: the report says after how many steps runs first reach it.
  public var goal: Double?
  /// What the experiment decides.
  public var tests: [AcceptanceTest] = []

  /// Environment steps between two points of a curve.
  var stepsPerPoint: Int { max(1, steps / points) }
}

/// One of the configurations in a comparison.
public struct ExperimentArm: Sendable, Equatable {
  /// How the processes of a run are started.
  public enum Mode: String, Sendable, CaseIterable {
    /// `tengu serial`: one process and one thread; the same seed gives the same run.
    case serial
    /// `scripts/launch.sh`: learner, worker and annotator in separate processes, on all cores.
    case cluster
  }

  /// The arm's name; part of the names of its run directories, so a single word.
  public var name: String
  /// The arm's name in tables and plots.
  public var title: String
  public var mode: Mode
  /// "section.field=value", applied to the experiment's configuration.
  public var overrides: [String]
  /// Environment steps of the arm's runs; nil for the experiment's.
  public var steps: Int?
  /// Name of the arm from whose last checkpoint, of the same seed, the arm's runs start.
  public var start: String?
  /// Further arguments of scripts/launch.sh.
  public var launchArguments: [String]
}

/// One run of an experiment: an arm with a seed.
public struct ExperimentRun: Sendable, Equatable {
  public let experiment: Experiment
  public let arm: ExperimentArm
  public let seed: Int

  /// Name of the run directory.
  public var name: String { "\(arm.name)-s\(seed)" }

  /// Environment steps at the end, including those of the run that it starts from.
  public var steps: Int { arm.steps ?? experiment.steps }

  /// The run from whose last checkpoint this run starts.
  public var start: ExperimentRun? {
    arm.start.flatMap { name in experiment.arms.first { $0.name == name } }.map {
      ExperimentRun(experiment: experiment, arm: $0, seed: seed)
    }
  }

  /// All differences from the experiment's configuration file.
  public var overrides: [String] {
    arm.overrides + [
      "run.seed=\(seed)", "run.steps=\(steps)", "telemetry.episodes=\(experiment.window)",
      "telemetry.interval_steps=\(experiment.stepsPerPoint)",
    ]
  }

  /// The configuration of the run.
  /// - Throws: `ConfigurationError` naming the arm and the field.
  public func configuration() throws(ConfigurationError) -> RunConfiguration {
    do {
      let configuration = try Registries.standard.configuration(
        file: experiment.configuration, overrides: overrides, source: "experiment \(experiment.name)")
      try configuration.checkParts()
      return configuration
    } catch {
      throw ConfigurationError(error.problems.map { "arm \(arm.name): \($0)" })
    }
  }
}

/// How much of an experiment is run. The versions that are not full have a section of the file each.
public enum ExperimentSize: String, Sendable, CaseIterable {
  case full
  /// Fewer seeds or steps, and only the arms that acceptance tests compare: verdicts within minutes, often undecided.
  case small
  /// As little as shows that everything works; decides nothing.
  case smoke
}

extension Experiment {
  /// Leaves out the arms that no acceptance test needs.
  mutating func keepArmsOfTests() {
    var needed = Set(tests.flatMap { [$0.arm] + ($0.against.map { [$0] } ?? []) })
    for arm in arms.reversed() where needed.contains(arm.name) { arm.start.map { _ = needed.insert($0) } }
    arms.removeAll { !needed.contains($0.name) }
    if let name = baseline, !needed.contains(name) { baseline = nil }
  }

  var everySeed: [Int] { seeds + furtherSeeds }

  /// Runs of the arms with these names and of those that they start from, with some of the further seeds.
  func furtherRuns(of names: Set<String>, seeds: some Sequence<Int>) -> [ExperimentRun] {
    var needed = names
    for arm in arms.reversed() where needed.contains(arm.name) { arm.start.map { _ = needed.insert($0) } }
    return seeds.flatMap { seed in
      arms.filter { needed.contains($0.name) }.map { ExperimentRun(experiment: self, arm: $0, seed: seed) }
    }
  }

  /// All runs, ordered by seed first, so that an experiment that is stopped early has runs of every arm.
  public var runs: [ExperimentRun] {
    seeds.flatMap { seed in arms.map { ExperimentRun(experiment: self, arm: $0, seed: seed) } }
  }
}
