import Configuration
import IntrinsicReward
import Testing

@testable import Assembly

@Suite struct EllipticalRewardEntryTests {
  private func plan(_ overrides: String...) throws -> RunPlan {
    try RunPlan(
      Registries.standard.configuration(
        overrides: ["annotator.kind=none", "reward.model=e3b", "reward.count_exponent=0"] + overrides))
  }

  @Test(arguments: ["inverse", "random", "policy"])
  func everyTaskOfChoicesHasTheBonus(features: String) throws {
    let plan = try plan(
      "environment.task=CaptionGrid", "reward.e3b_features=\(features)", "reward.e3b_width=7", "reward.e3b_ridge=0.5",
      "reward.e3b_share=0.1", "reward.learning_rate=0.01")
    let model = plan.makeRewardModel(inline: true)
    #expect(model.readsPolicyFeatures == (features == "policy") && !model.readsTexts)
    let progress = try #require(model.state as? EllipticalState).progress
    #expect(progress.width == 7 && progress.features.rawValue == features)
    #expect(features != "policy" || progress.inputs == plan.network.featureCount)
    #expect(progress.choices == (features == "inverse" ? plan.specification.actions.counts : []))
    let options = plan.configuration.ellipticalOptions
    #expect(options.ridge == 0.5 && options.share == 0.1 && options.learningRate == 0.01)
  }

  @Test func actionsThatAreNumbersHaveNoInverse() throws {
    let error = #expect(throws: ConfigurationError.self) { try plan("environment.task=Pendulum") }
    #expect(error?.description.contains("\"reward.e3b_features\" = \"inverse\" predicts choices") == true)
    for features in ["random", "policy"] {
      _ = try plan("environment.task=Pendulum", "reward.e3b_features=\(features)")
    }
  }
}
