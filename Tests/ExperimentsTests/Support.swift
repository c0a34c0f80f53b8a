import Foundation
import Telemetry

@testable import Experiments

/// A folder of the test's own, gone with it.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/tengu-experiments-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to file: String) throws {
    let url = URL(fileURLWithPath: "\(path)/\(file)")
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  func read(_ file: String) throws -> String { try String(contentsOfFile: "\(path)/\(file)", encoding: .utf8) }
}

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

  /// The experiment of `text` in `folder`.
  static func experiment(
    in folder: TemporaryFolder, smoke: Bool = false, _ change: (String) -> String = { $0 }
  ) throws -> Experiment {
    try folder.write(base, to: "base.toml")
    try folder.write(change(text), to: "sample.toml")
    return try ExperimentFile.load("\(folder.path)/sample.toml", smoke: smoke)
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
