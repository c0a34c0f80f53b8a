/// One of the configurations that are compared.
public struct ExperimentArm: Sendable, Equatable {
  /// How a run is made.
  public enum Mode: String, Sendable, CaseIterable {
    /// `tengu serial`: one process and one thread, the same seed giving the same run.
    case serial
    /// `scripts/launch.sh`: learner, worker and annotator in processes of their own, on all cores.
    case cluster
  }

  /// Names run directories, so one word.
  public var name: String
  /// As tables and plots show it.
  public var title: String
  public var mode: Mode
  /// section.field=value, on top of the experiment's configuration.
  public var overrides: [String]
  /// Environment steps of its runs, where they are others than the experiment's.
  public var steps: Int?
  /// The arm whose run of the same seed this one's begins with, as its last checkpoint left it.
  public var start: String?
  /// Further arguments of scripts/launch.sh.
  public var launchArguments: [String]
}
