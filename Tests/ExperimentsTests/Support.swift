import Foundation
import Telemetry
import TestSupport

@testable import Experiments

enum Sample {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static let text = """
    title = "A title"
    text = "What it is about."
    configuration = "base.toml"
    steps = 1000
    seeds = 2
    window = 10
    points = 4

    [smoke]
    steps = 100
    seeds = [7]

    [all]
    learner.learning_rate = 1e-3

    [[arm]]
    name = "plain"
    title = "extrinsic only"
    reward.model = "none"
    annotator.kind = "none"

    [[arm]]
    name = "paid"
    network.hidden_size = 32
    """

  static let base = """
    [environment]
    task = "CaptionGrid"
    [annotator]
    kind = "oracle"
    """

  /// An acceptance test.
  static func test(_ arm: String, against: String, atLeast bar: Double) -> String {
    "\n[[test]]\ntitle = \"wins more\"\narm = \"\(arm)\"\nagainst = \"\(against)\"\nat_least = \(bar)\n"
  }

  /// The experiment of `text` in `folder`.
  static func experiment(
    in folder: TemporaryDirectory, size: ExperimentSize = .full, _ change: (String) -> String = { $0 }
  ) throws -> Experiment {
    try folder.write(base, to: "base.toml")
    try folder.write(change(text), to: "sample.toml")
    return try ExperimentFile.load("\(folder.path)/sample.toml", size: size)
  }

  /// An evaluation of one episode, as `tengu eval --json` writes it.
  static func evaluation(score: Double) throws -> String {
    let value = #"{"count":1,"mean":\#(score),"interquartileMean":\#(score)}"#
    return #"""
      {"task":"Sample","checkpoint":"step-1","step":1,"version":1,"seed":1,"isGreedy":false,
       "lines":[{"measure":"score","summary":\#(value)}],"ends":[{"end":"starved","count":1}],
       "episodes":[{"episode":0,"measures":[{"name":"score","value":\#(score)}],"end":"starved"}]}
      """#
  }

  static func record(_ step: Int, success: Double, labels: Double = 0) -> MetricsRecord {
    MetricsRecord(
      time: Double(step), step: step,
      values: [
        .successRate: success, .returnMean: success, .captionsLabelled: labels, .captionsAbstained: 1,
        .policyLagMean: Double(step) / 250,
      ])
  }
}
