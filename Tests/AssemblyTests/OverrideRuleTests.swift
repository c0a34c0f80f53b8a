import Configuration
import Testing

@testable import Assembly

/// What a command line sets must have an effect.
@Suite struct OverrideRuleTests {
  private func problems(_ overrides: [String]) throws -> [String] {
    let configuration = try Registries.standard.configuration(overrides: overrides)
    do {
      try RunPlan(configuration).checkEffects(of: overrides)
      return []
    } catch let error as ConfigurationError {
      return error.problems
    }
  }

  @Test func theConditionsNameFields() {
    let paths = ConfigurationField.all.map(\.path)
    for name in FieldCondition.all.flatMap(\.fields) {
      #expect(name.hasSuffix(".") ? paths.contains { $0.hasPrefix(name) } : paths.contains(name), "\(name)")
    }
  }

  @Test(arguments: [
    ["reward.ranking_threshold=0"], ["reward.rnd_width=8"], ["language_model.samples=3"], ["reward.e3b_ridge=1"],
    ["reward.model=e3b", "reward.count_exponent=0", "reward.e3b_features=random", "reward.e3b_share=1"],
    ["learner.final_entropy=0.5"], ["learner.exploration_weight=2"], ["reward.model=none", "reward.count_exponent=1"],
    ["network.recurrent=none", "network.recurrent_size=64"],
    [
      "environment.task=text:chain", "learner.unroll_length=1", "worker.environments_per_group=64", "reward.model=none",
      "annotator.kind=none", "learner.adam_beta1=0.5",
    ],
    ["environment.task=CaptionGrid", "network.text_size=8"], ["environment.task=CartPole", "network.embedding_size=8"],
  ])
  func aFieldWithoutEffectIsRefused(overrides: [String]) throws {
    let found = try problems(overrides)
    #expect(found.count == 1 && found[0].contains("has no effect in this run: "), "\(found)")
  }

  @Test(arguments: [
    ["reward.model=ranking", "reward.ranking_threshold=0"], ["annotator.kind=llm", "language_model.prompt=tagged"],
    ["learner.final_entropy=0.5", "learner.decay_updates=10"], ["learner.decay_updates=0"], ["run.seed=3"],
    ["network.text_size=8", "network.embedding_size=8", "network.hidden_size=8"],
    ["reward.model=none", "annotator.kind=none"],
  ])
  func aFieldWithAnEffectIsTaken(overrides: [String]) throws { #expect(try problems(overrides) == []) }
}
