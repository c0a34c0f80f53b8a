import Environments
import NetHack

extension EnvironmentRegistry {
  /// The tasks that every program of this package knows.
  public static let standard = EnvironmentRegistry(NetHackTasks.entries + SmallEnvironments.entries)
}
