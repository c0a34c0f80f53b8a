import ActorCritic
import Testing

@testable import Assembly
@testable import Configuration

/// The options that parts take from a configuration.
@Suite struct PartOptionsTests {
  @Test func thresholdsAreTheModelsOwn() {
    var configuration = RunConfiguration()
    configuration.reward.model = .classification
    #expect(configuration.learnedRewardOptions.method == .classification)
    #expect(configuration.learnedRewardOptions.threshold == 0.5)
    configuration.reward.model = .ranking
    #expect(configuration.learnedRewardOptions.method == .ranking)
    #expect(configuration.learnedRewardOptions.threshold == -0.5)
    #expect(!configuration.learnedRewardOptions.paysRawOutput)
    configuration.reward.fidelity = .oniReleased
    #expect(configuration.learnedRewardOptions.paysRawOutput)
  }

  @Test func aNetworkBeginsAsTheConfigurationSays() throws {
    var configuration = RunConfiguration()
    #expect(NetworkDescription(.compact, configuration.network) == NetworkDescription(.compact))
    try configuration.apply(
      toml: "[network]\ninitialisation = \"uniform\"\npolicy_gain = 1\nnormalise_observations = true\n",
      fileName: "test.toml")
    let description = NetworkDescription(.compact, configuration.network)
    #expect(description.initialisation == .uniform && description.policyGain == 1)
    #expect(description.normalisesObservations)
    #expect(
      configuration.differences(from: RunConfiguration()).filter(\.shapesUnrolls).map(\.path) == [
        "network.normalise_observations"
      ])
  }
}
