import Configuration
import Testing

@testable import Assembly

/// The problems of the default configuration after a change, with the rules of the schema and of the parts.
private func problems(_ change: (inout RunConfiguration) -> Void) -> [String] {
  var configuration = RunConfiguration()
  change(&configuration)
  do throws(ConfigurationError) {
    try configuration.validate()
    try configuration.checkParts()
    return []
  } catch {
    return error.problems
  }
}

/// The needs of the entries that a configuration chooses.
@Suite struct PartRuleTests {
  @Test func intrinsicRewardNeedsLabels() {
    #expect(problems { $0.annotator.kind = .none }.count == 1)
    #expect(
      problems {
        $0.annotator.kind = .none
        $0.reward.model = .none
      }.isEmpty)
    #expect(
      problems {
        $0.annotator.kind = .none
        $0.reward.model = .novelty
      }.isEmpty)
  }

  @Test func aLearnedRewardsFieldsNeedIt() {
    #expect(problems { $0.reward.soft = true }.count == 1)
    #expect(
      problems {
        $0.reward.soft = true
        $0.reward.model = .classification
      }.isEmpty)
    #expect(
      problems {
        $0.reward.fidelity = .oniReleased
        $0.reward.model = .classification
      }.count == 1)
    #expect(
      problems {
        $0.reward.fidelity = .oniReleased
        $0.reward.model = .ranking
      }.isEmpty)
  }

  @Test func onlySimilarityNeedsAGoal() {
    #expect(problems { $0.reward.model = .similarity }.first?.contains("reward.goal_text") == true)
    #expect(problems { $0.reward.goalText = "kill" }.first?.contains("reward.goal_text") == true)
    #expect(
      problems {
        $0.reward.model = .similarity
        $0.reward.goalText = "kill"
        $0.annotator.kind = .none
      }.isEmpty)
  }

  @Test func onlyLearnedModelsArePretrainedOrFrozen() {
    #expect(problems { $0.reward.pretrainSteps = 1 }.first?.contains("reward.pretrain_steps") == true)
    #expect(problems { $0.reward.frozen = true }.first?.contains("reward.frozen") == true)
    #expect(
      problems {
        $0.reward.model = .ranking
        $0.reward.pretrainSteps = 1
        $0.reward.frozen = true
      }.isEmpty)
  }

  @Test func pairsAreWeighedByRankingAlone() {
    for change: (inout RunConfiguration) -> Void in [{ $0.reward.cream = true }, { $0.reward.upo = true }] {
      #expect(problems(change).count == 1)
      #expect(
        problems {
          change(&$0)
          $0.reward.model = .ranking
        }.isEmpty)
    }
    #expect(problems { $0.reward.ensemble = 5 }.first?.contains("reward.ensemble") == true)
  }

  @Test func distillationCountsNoCaptions() {
    #expect(problems { $0.reward.model = .rnd }.first?.contains("reward.count_exponent") == true)
    #expect(
      problems {
        $0.reward.model = .rnd
        $0.reward.countExponent = 0
        $0.annotator.kind = .none
      }.isEmpty)
  }

  @Test func stubOptionsAreChecked() {
    #expect(problems { $0.annotator.stub = "flip_rate=0.3 delay_seconds=2" }.isEmpty)
    let found = problems { $0.annotator.stub = "fliprate=1" }
    #expect(found.count == 1 && found[0].hasPrefix("annotator.stub: \"fliprate=1\" is not one of flip_rate="))
  }
}
