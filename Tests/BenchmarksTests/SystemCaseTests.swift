import Assembly
import Configuration
import Foundation
import Testing

@testable import Benchmarks

struct SystemCaseTests {
  /// A system that its own configuration refuses would never be measured.
  @Test(arguments: SystemCase.all.map(\.name))
  func everySystemHasAValidConfiguration(name: String) throws {
    let system = try #require(SystemCase.all.first { $0.name == name })
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let file = root.appending(path: "cluster/configs/\(system.configuration).toml").path
    _ = try RunPlan(Registries.standard.configuration(file: file, overrides: system.overrides))
  }
}
