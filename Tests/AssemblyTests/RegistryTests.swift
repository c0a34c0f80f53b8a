import Captions
import Configuration
import Environments
import GameRules
import IntrinsicReward
import Testing

@testable import ActorCritic
@testable import Assembly

/// A registry takes an entry of another program, without a change to this package.
@Suite struct RegistryTests {
  /// The names of the schema are those of the registries, in the same order.
  @Test func theSchemaNamesTheBuiltInEntries() {
    #expect(Registries.standard.networks.names == NetworkSection.Kind.builtIn.map(\.rawValue))
    #expect(Registries.standard.rewardModels.names == RewardSection.Model.builtIn.map(\.rawValue))
    #expect(Registries.standard.annotators.names == AnnotatorSection.Kind.builtIn.map(\.rawValue))
  }

  @Test func exclusiveFieldsExist() {
    for entry in Registries.standard.rewardModels.entries {
      for path in entry.exclusiveFields { #expect(ConfigurationField.field(at: path) != nil, "\(path)") }
    }
  }

  @Test func aRewardModelIsAdded() throws {
    var registries = Registries.standard
    var entry = RewardModelEntry("constant") { _ in NoveltyReward() }
    entry.problems = { $0.reward.countExponent == 0 ? ["\"constant\" needs the count"] : [] }
    registries.rewardModels.add(entry)
    let configuration = try RunConfiguration.load(
      file: nil, overrides: ["reward.model=constant", "environment.task=CaptionGrid"],
      additional: registries.additionalNames)
    let plan = try RunPlan(configuration, registries: registries)
    #expect(plan.rewardModel.name == "constant")
    #expect(plan.makeRewardModel(inline: true) is NoveltyReward)
    #expect(throws: ConfigurationError.self) { try RunPlan(configuration) }
    var wrong = configuration
    wrong.reward.countExponent = 0
    #expect { try RunPlan(wrong, registries: registries) } throws: { "\($0)" == "\"constant\" needs the count" }
  }

  @Test func anAnnotatorIsAdded() throws {
    var registries = Registries.standard
    registries.annotators.add(AnnotatorEntry("everything", .immediate { _ in StubAnnotator { _ in 0.5 } }))
    let configuration = try RunConfiguration.load(
      file: nil, overrides: ["annotator.kind=everything"], additional: registries.additionalNames)
    let plan = try RunPlan(configuration, registries: registries)
    #expect(!plan.annotator.asksModel)
    guard case .immediate(let make) = plan.annotator.source else {
      Issue.record("not an immediate annotator")
      return
    }
    var annotator = make(try AnnotatorEntry.Inputs(configuration))
    #expect(annotator.annotate(Array("a".utf8)) == .label(0.5))
  }

  @Test func aNetworkIsAdded() throws {
    let plain = NetworkEntry.mlp
    let entry = NetworkEntry(
      name: "small", explanation: "the mlp with its own sizes", sizes: plain.sizes,
      observationFields: plain.observationFields, makeEncoder: plain.makeEncoder)
    var registries = Registries.standard
    registries.networks.add(entry)
    let overrides = ["environment.task=CartPole", "network.kind=small"]
    let configuration = try RunConfiguration.load(
      file: nil, overrides: overrides, additional: registries.additionalNames)
    let plan = try RunPlan(configuration, registries: registries)
    var same = configuration
    same.network.kind = .mlp
    #expect(plan.network.parameters.count == (try RunPlan(same).network.parameters.count))
    #expect(throws: ConfigurationError.self) { try RunConfiguration.load(file: nil, overrides: overrides) }
  }

  @Test func anEnvironmentIsAdded() throws {
    let grid = CaptionGrid.entry
    let entry = EnvironmentEntry(
      name: "AnotherGrid", summary: "a grid of another name", specification: grid.specification, make: grid.make)
    var registries = Registries.standard
    registries.environments = EnvironmentRegistry(EnvironmentRegistry.standard.entries + [entry])
    var configuration = RunConfiguration()
    configuration.environment.task = "AnotherGrid"
    let plan = try RunPlan(configuration, registries: registries)
    _ = try plan.makeEnvironment()
    #expect(throws: ConfigurationError.self) { try RunPlan(configuration) }
  }
}
