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
      for path in entry.exclusiveFields { #expect(RunConfiguration().field(at: path) != nil, "\(path)") }
    }
  }

  @Test func aRewardModelIsAdded() throws {
    var registries = Registries.standard
    var entry = RewardModelEntry("constant") { _ in NoveltyReward() }
    entry.problems = { $0.reward.countExponent == 0 ? ["\"constant\" needs the count"] : [] }
    registries.rewardModels.add(entry)
    let configuration = try registries.configuration(
      overrides: ["reward.model=constant", "environment.task=CaptionGrid"])
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
    let configuration = try registries.configuration(overrides: ["annotator.kind=everything"])
    let plan = try RunPlan(configuration, registries: registries)
    #expect(!plan.annotator.asksModel)
    guard case .immediate(let make) = plan.annotator.source else {
      Issue.record("not an immediate annotator")
      return
    }
    var annotator = try make(try AnnotatorEntry.Inputs(configuration))
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
    let configuration = try registries.configuration(overrides: overrides)
    let plan = try RunPlan(configuration, registries: registries)
    var same = configuration
    same.network.kind = .mlp
    #expect(plan.network.parameters.count == (try RunPlan(same).network.parameters.count))
    #expect(throws: ConfigurationError.self) { try RunConfiguration.load(file: nil, overrides: overrides) }
  }

  @Test func anEnvironmentIsAdded() throws {
    let length = EnvironmentField("length", default: 10, in: 1...20, "Long: steps of an episode.")
    let corridor = Corridor.entry
    let entry = EnvironmentEntry(
      name: "Long", summary: "a corridor with a field of its own", ownFields: [length],
      specification: corridor.specification
    ) { options in
      var options = options
      options.maximumEpisodeSteps = try options.integer(length)
      return try corridor.make(options)
    }
    var registries = Registries.standard
    registries.environments = EnvironmentRegistry(EnvironmentRegistry.standard.entries + [entry])
    let configuration = try registries.configuration(overrides: ["environment.task=Long", "environment.length=3"])
    let plan = try RunPlan(configuration, registries: registries)
    #expect(try steps(plan.makeEnvironment()) == 3)
    #expect(throws: ConfigurationError.self) { try RunPlan(configuration) }
    // The field has an explanation and a range, is in the text that peers receive, and belongs to this task alone.
    let text = configuration.tomlText()
    #expect(text.contains("# Long: steps of an episode.\nlength = 3\n"))
    #expect(try registries.configuration(toml: text, fileName: "a") == configuration)
    #expect(throws: ConfigurationError.self) { try Registries.standard.configuration(toml: text, fileName: "a") }
    #expect { try registries.configuration(overrides: ["environment.length=21"]) } throws: {
      "\($0)".contains("\"environment.length\": expected an integer from 1 to 20")
    }
    #expect { try registries.configuration(overrides: ["environment.lenth=2"]) } throws: {
      "\($0)".contains("did you mean \"environment.length\"?")
    }
    let other = try registries.configuration(overrides: ["environment.task=Corridor", "environment.length=3"])
    #expect(throws: ConfigurationError.self) { try other.checkParts(registries) }
  }

  /// Steps of an episode that walks west.
  private func steps(_ environment: any Environment) throws -> Int {
    let row = UnsafeMutableRawPointer.allocate(
      byteCount: environment.specification.observation.rowByteCount, alignment: 8)
    defer { row.deallocate() }
    let output = StepOutput(row: row, caption: CaptionBuffer())
    try environment.reset(seed: 1, into: output)
    var steps = 1
    while try !environment.step(0, into: output).done { steps += 1 }
    return steps
  }
}
