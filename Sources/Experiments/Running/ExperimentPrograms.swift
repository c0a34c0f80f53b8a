/// The programs an experiment starts, and the game they need.
public struct ExperimentPrograms: Sendable {
  public var tengu: String
  /// scripts/launch.sh, for arms that are run as clusters.
  public var launcher = "scripts/launch.sh"
  /// The folder of libnethack.so.
  public var netHack: String

  public init(tengu: String, netHack: String) {
    self.tengu = tengu
    self.netHack = netHack
  }
}
