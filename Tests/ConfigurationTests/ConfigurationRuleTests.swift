import Testing

@testable import Configuration

/// What is wrong with the default configuration once it was changed.
func problems(_ change: (inout RunConfiguration) -> Void) -> [String] {
  var configuration = RunConfiguration()
  change(&configuration)
  do {
    try configuration.validate()
    return []
  } catch {
    return error.problems
  }
}

@Suite struct ConfigurationRuleTests {
  @Test func batchesAreWholeUnrolls() {
    #expect(
      problems { $0.learner.batchSize = 1000 } == [
        "\"learner.batch_size\" = 1000 must be a multiple of \"learner.unroll_length\" * "
          + "\"worker.environments_per_group\" = 512, the frames of one unroll; nearest: 512 or 1024"
      ])
    #expect(problems { $0.learner.batchSize = 256 }.first?.hasSuffix("nearest: 512") == true)
    #expect(problems { $0.learner.batchSize = 2048 }.isEmpty)
  }

  @Test func doubleBufferingNeedsPairsOfGroups() {
    #expect(problems { $0.worker.doubleBuffered = true }.count == 1)
    #expect(
      problems {
        $0.worker.doubleBuffered = true
        $0.worker.groupsPerThread = 2
      }.isEmpty)
  }

  @Test func trajectoriesAreCompressedForAnotherMachine() {
    typealias Compression = TransportSection.Compression
    #expect(Compression.allCases.map { $0.applies(onLoopback: true) } == [false, false, true])
    #expect(Compression.allCases.map { $0.applies(onLoopback: false) } == [true, false, true])
  }

  @Test func somethingMustPay() {
    #expect(problems { $0.reward.extrinsicCoefficient = 0 }.isEmpty)
    #expect(
      problems {
        $0.reward.extrinsicCoefficient = 0
        $0.reward.intrinsicCoefficient = 0
      }.count == 1)
    #expect(
      problems {
        $0.reward.extrinsicCoefficient = 0
        $0.reward.model = .none
      }.count == 1)
  }

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

  @Test func learningTakesAFortiethOfTheMachine() {
    #expect(RewardSection().coreShare(cores: 2) == 0.05)
    #expect(RewardSection().coreShare(cores: 64) == 1)
    var section = RewardSection()
    section.coreShare = 0.5
    #expect(section.coreShare(cores: 2) == 0.5)
  }

  /// Else the last policy's unrolls would be refused before the next one is made.
  @Test func policiesFollowBeforeUnrollsAreTooOld() {
    #expect(problems { ($0.learner.publishUpdates, $0.learner.maximumPolicyLag) = (8, 8) }.isEmpty)
    #expect(problems { ($0.learner.publishUpdates, $0.learner.maximumPolicyLag) = (8, 7) }.count == 1)
    #expect(problems { ($0.learner.publishUpdates, $0.learner.maximumPolicyLag) = (1, 0) }.isEmpty)
  }

  @Test func headsFitTheRewards() {
    #expect(problems { $0.learner.valueHeads = .separate }.isEmpty)
    #expect(
      problems {
        $0.learner.valueHeads = .separate
        $0.reward.model = .none
      }.count == 1)
    #expect(problems { $0.learner.intrinsicDiscount = 0.9 }.count == 1)
    #expect(problems { $0.learner.discount = 0.9 }.isEmpty)
    #expect(
      problems {
        $0.learner.valueHeads = .separate
        $0.learner.intrinsicDiscount = 0.9
      }.isEmpty)
  }

  @Test func rangesAreCheckedForValuesSetInCode() {
    #expect(problems { $0.worker.environmentsPerGroup = 0 }.count == 1)
    #expect(problems { $0.learner.learningRate = .nan }.count == 1)
  }
}

/// What each reward model needs.
@Suite struct RewardModelRuleTests {
  @Test func similarityNeedsAGoalAndNobodyElse() {
    #expect(problems { $0.reward.model = .similarity }.first?.contains("reward.goal_text") == true)
    #expect(problems { $0.reward.goalText = "kill" }.first?.contains("reward.goal_text") == true)
    #expect(
      problems {
        $0.reward.model = .similarity
        $0.reward.goalText = "kill"
        $0.annotator.kind = .none
      }.isEmpty)
  }

  @Test func onlyWhatIsLearnedIsPretrainedOrFrozen() {
    #expect(problems { $0.reward.pretrainSteps = 1 }.first?.contains("reward.pretrain_steps") == true)
    #expect(problems { $0.reward.frozen = true }.first?.contains("reward.frozen") == true)
    #expect(
      problems {
        $0.reward.model = .ranking
        $0.reward.pretrainSteps = 1
        $0.reward.frozen = true
      }.isEmpty)
  }

  @Test func pairsAreWeighedWhereTheyAreLearnedFrom() {
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
}
