import ActorCritic
import Assembly
import Evaluation
import Foundation
import NeuralNetwork
import Runtime
import Telemetry
import Trajectories

/// A model card (Mitchell et al. 2019) of a policy: what it is, what it was trained on and how well it did there. Numbers
/// come from the run; nothing is claimed that the run has not recorded.
struct ModelCard {
  private let policy: PolicyUnderTest
  private let facts: [(name: String, value: String)]
  /// The newest metrics; nil if the run has none.
  private let latest: MetricsRecord?

  /// - Throws: `FileError` if the run's metrics cannot be read.
  init(_ policy: PolicyUnderTest, facts: [(name: String, value: String)]) throws {
    self.policy = policy
    self.facts = facts
    let path = policy.run.appending(path: "metrics.jsonl").path
    latest = FileManager.default.fileExists(atPath: path) ? try MetricsFile.lastRecord(of: path) : nil
  }

  func markdown() -> String {
    [
      "# \(policy.run.deletingPathExtension().lastPathComponent): a policy for \(policy.plan.specification.name)",
      section("Model", table(facts.map { [$0.name.replacing("_", with: " "), $0.value] }, header: ["fact", "value"])),
      section("Observations and actions", interface), section("Training", training), section("Results", results),
      section("Use and limits", limits), section("Configuration", "```toml\n\(configuration)```"),
    ].joined(separator: "\n\n") + "\n"
  }

  private func section(_ title: String, _ text: String) -> String { "## \(title)\n\n\(text)" }

  private func table(_ rows: [[String]], header: [String]) -> String {
    TextTable([header] + rows.map { $0.map { $0.replacing("|", with: "\\|") } }, textColumns: [0, 1, 2, 3]).markdown
  }

  private var interface: String {
    let fields = policy.plan.specification.observation.fields.map { field in
      [field.name, "\(field.type)", "\(field.shape)", Self.words(for: field.encoding)]
    }
    return table(fields, header: ["field", "type", "shape", "read as"])
      + "\n\nActions: \(policy.plan.policyFacts["actions"] ?? ""). " + choosing
      + (policy.plan.network.stateSize > 0
        ? "The recurrent state has \(policy.plan.network.stateSize) numbers; an episode begins with zeros."
        : "The network has no memory.")
  }

  /// How an action is chosen if the first factor decides which others count.
  private var choosing: String {
    guard policy.plan.network.actions.structure != nil else { return "" }
    return """
      Logits are masked: an illegal choice has minus infinity, unless its factor has no legal one. Factor 0, the verb, is drawn \
      first; with its choice v the factors `uses[v]` are drawn, each from the softmax of its own logits, and all others are 0. \
      The log-probability of an action is the sum over the verb and those factors. A factor with a set chooses the index of \
      one of the set's things.
      """
  }

  private static func words(for encoding: ObservationEncoding) -> String {
    switch encoding {
    case .categorical(let count): "one of \(count) categories"
    case .tiles(let tiles): "one of \(tiles.symbolCount) tiles of \(tiles.side) pixels a side"
    case .numeric(let scale): scale.count == 1 ? "number, times \(scale[0])" : "numbers, each with its scale"
    case .text: "text that ends at the first zero"
    case .image: "picture, divided by 255"
    case .actionMask, .structuredMask: "which actions are legal"
    case .member(let count, let set): "one of \(count) categories of each thing of the \(set)"
    case .hidden: "not read"
    }
  }

  private var training: String {
    let configuration = policy.plan.configuration
    let reward = policy.plan.rewardModel.name
    return "\(policy.step) environment steps with V-trace and PPO; policy version \(policy.version). Intrinsic reward: "
      + "`\(reward)` with coefficient \(configuration.reward.intrinsicCoefficient); extrinsic coefficient "
      + "\(configuration.reward.extrinsicCoefficient). Labels of captions came from `\(policy.plan.annotator.name)`."
  }

  private static let shown: [MetricName] = [
    .stepsTrained, .episodes, .returnMean, .lengthMean, .successRate, .captionsLabelled, .intrinsicMean, .entropy,
  ]

  private var results: String {
    guard let latest else { return "The run has no metrics." }
    let rows = Self.shown.compactMap { name in
      latest.values[name].map { ["`\(name.rawValue)`", "\($0)", name.definition.unit, name.definition.meaning] }
    }
    return "The newest record of the run, at step \(latest.step). These are numbers of training, with sampled actions; "
      + "`tengu eval` measures the policy on episodes of its own.\n\n"
      + table(rows, header: ["metric", "value", "unit", "meaning"])
  }

  private var limits: String {
    """
    The policy plays the task above with the observations above and nothing else. It was trained on simulated episodes \
    only. A reward from labelled captions pays for what the labels say, which may differ from what the task is for; \
    `tengu rewards` shows what was paid.
    """
  }

  /// Without comments, which the reference page has.
  private var configuration: String {
    policy.configuration.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { "\($0)\n" }.joined()
  }
}
