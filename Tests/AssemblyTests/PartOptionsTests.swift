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

  /// A floor, its fall and shares of entropy reach the parts that use them.
  @Test func explorationReachesTheUpdate() throws {
    var configuration = RunConfiguration()
    #expect(configuration.actorCriticOptions.entropyShares.areWhole)
    #expect(configuration.actorCriticOptions.floorDecay.factor(at: 1_000_000) == 1)
    try configuration.apply(
      toml: "[network]\nchoice_floor = 0.01\ntrigram_size = 12\n[learner]\nfloor_updates = 10\nverb_entropy = 2\n"
        + "thing_entropy = 0.5\ndirection_entropy = 0.25\n", fileName: "test.toml")
    let options = configuration.actorCriticOptions
    #expect(options.entropyShares == EntropyShares(choice: 2, thing: 0.5, other: 0.25))
    #expect(options.floorDecay.factor(at: 5) == 0.5 && options.floorDecay.factor(at: 20) == 0)
    let description = NetworkDescription(.compact, configuration.network)
    #expect(description.choiceFloor == 0.01 && description.trigramSize == 12)
  }

  /// What a task's actions or texts cannot use is refused by name.
  @Test func explorationThatDoesNotFitTheTaskIsRefused() throws {
    for (task, text, part) in [
      ("CartPole", "[learner]\nthing_entropy = 0.5\n", "verb_entropy"),
      ("CartPole", "[network]\nchoice_floor = 0.5\n", "0.5 is too high for 2 choices"),
      ("Pendulum", "[network]\nchoice_floor = 0.01\n", "no floor"),
      ("CartPole", "[network]\ntrigram_size = 8\n", "no trigrams"),
    ] {
      var configuration = RunConfiguration()
      configuration.environment.task = task
      try configuration.apply(toml: text, fileName: "test.toml")
      let error = #expect(throws: ConfigurationError.self) { try RunPlan(unchecked: configuration) }
      #expect("\(error.map { "\($0)" } ?? "")".contains(part), "\(task) \(text)")
    }
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
