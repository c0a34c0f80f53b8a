import TestSupport

@testable import Launcher

/// A folder that a user calls `tengu launch` from, with a configuration "grid.toml".
struct LaunchFixture {
  let folder: TemporaryDirectory
  let installation: Installation

  init(_ configuration: String) throws {
    folder = try TemporaryDirectory()
    installation = Installation(environment: [:], workingDirectory: folder.path, launcher: "/opt/tengu")
    try folder.write(configuration, to: "grid.toml")
  }

  func plan(_ change: (inout LaunchOptions) -> Void) throws -> LaunchPlan {
    var options = LaunchOptions()
    change(&options)
    return try LaunchPlan(options, in: installation)
  }
}
