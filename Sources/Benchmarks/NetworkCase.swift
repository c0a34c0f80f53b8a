import Assembly
import Configuration

/// A network to measure: a run configuration, as a user would write it.
struct NetworkCase: Sendable {
  /// The networks that a configuration can name, each on a task it is made for.
  static let all = [
    NetworkCase("oni", task: "NetHackScoreExtended", kind: "oni", hasTorchTwin: true),
    NetworkCase("compact", task: "NetHackScoreExtended", kind: "compact"),
    NetworkCase("wide", task: "NetHackScoreExtended", kind: "wide"),
    NetworkCase("mlp", task: "CartPole", kind: "mlp"),
    NetworkCase("compact on CaptionGrid", task: "CaptionGrid", kind: "compact"),
  ]

  /// The cases called `names`, or all.
  /// - Throws: `BenchmarkError` naming one there is not.
  static func named(_ names: [String]) throws -> [NetworkCase] {
    if names.isEmpty { return all }
    return try names.map { name in
      guard let found = all.first(where: { $0.name == name }) else {
        throw BenchmarkError("there is no network \"\(name)\"; there are: \(all.map(\.name).joined(separator: ", "))")
      }
      return found
    }
  }

  let name: String
  /// What is set on top of the defaults.
  let overrides: [String]
  /// Whether scripts/bench/torch_oni_policy.py computes the same shape.
  let hasTorchTwin: Bool

  init(_ name: String, task: String, kind: String, hasTorchTwin: Bool = false) {
    self.name = name
    overrides = ["environment.task=\(task)", "network.kind=\(kind)"]
    self.hasTorchTwin = hasTorchTwin
  }

  /// - Throws: `ConfigurationError` where this build has no such network or task.
  func plan(_ settings: BenchmarkSettings) throws -> RunPlan {
    try RunPlan(
      RunConfiguration.load(file: nil, overrides: overrides), netHackDirectory: settings.netHackDirectory)
  }
}
