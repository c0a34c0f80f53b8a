import Testing

@testable import Configuration

/// The problems of the default configuration after a change.
private func problems(_ change: (inout RunConfiguration) -> Void) -> [String] {
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

  @Test func minibatchesHaveColumns() {
    // A batch of 512 frames has 16 columns of 32 steps.
    #expect(problems { $0.learner.minibatches = 16 }.isEmpty)
    #expect(problems { $0.learner.minibatches = 17 }.first?.hasSuffix("set it to 16 or less") == true)
    #expect(problems { $0.learner.klStop = 0.1 }.count == 1)
    #expect(
      problems {
        $0.learner.klStop = 0.1
        $0.learner.epochs = 2
      }.isEmpty)
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

  @Test func metricsLeaveTheMachineOnlyWhenAsked() {
    for address in ["", "127.0.0.1:0", "127.1.2.3:9464", "localhost:9464", "[::1]:9464"] {
      #expect(problems { $0.telemetry.prometheus = address }.isEmpty, "\(address)")
    }
    for address in ["0.0.0.0:9464", "10.0.0.1:9464", "127.evil.example:1", "127.0.0.1.example:1", "[::]:1"] {
      #expect(problems { $0.telemetry.prometheus = address }.first?.contains("has no password") == true, "\(address)")
      #expect(
        problems {
          $0.telemetry.prometheus = address
          $0.telemetry.prometheusBeyondLoopback = true
        }.isEmpty)
    }
    #expect(problems { $0.telemetry.prometheus = "9464" }.count == 1)
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

  @Test func aPlanHasRoomForWhatItPromises() {
    func planned(_ kind: PlanSection.Kind, _ change: (inout PlanSection) -> Void) -> [String] {
      problems {
        $0.plan.kind = kind
        change(&$0.plan)
      }
    }
    for kind in PlanSection.Kind.allCases { #expect(planned(kind) { _ in }.isEmpty) }
    #expect(planned(.knapsack) { $0.minimumRepeats = 9 }.first?.contains("plan.minimum_repeats") == true)
    #expect(planned(.none) { $0.minimumRepeats = 9 }.isEmpty && planned(.uniform) { $0.minimumRepeats = 9 }.isEmpty)
    #expect(planned(.uniform) { ($0.keys, $0.repeats) = (4_096, 17) }.first?.contains("65536") == true)
    for text in ["", "1 x", "0", "1 nan", "101"] {
      #expect(planned(.balance) { $0.temperatures = text }.first?.contains("plan.temperatures") == true)
    }
    #expect(planned(.balance) { $0.temperatures = " 0.01  100 " }.isEmpty)
    for text in ["", "0.5", "0 x", "0 1.1", "0 -0.1", "0 nan"] {
      #expect(planned(.restart) { $0.thresholds = text }.first?.contains("plan.thresholds") == true)
    }
    #expect(planned(.restart) { $0.thresholds = "0.5 0 1" }.isEmpty)
  }

  @Test func steeringHasAStrengthForEachValueHead() {
    func steered(_ text: String, _ change: (inout RunConfiguration) -> Void = { _ in }) -> [String] {
      problems {
        $0.plan.kind = .uniform
        $0.plan.steering = text
        change(&$0)
      }
    }
    #expect(steered("").isEmpty && steered("2.5").isEmpty)
    #expect(steered("2 -3") { $0.learner.valueHeads = .separate }.isEmpty)
    for text in ["1 2", "x", "nan", "1001"] { #expect(steered(text).first?.contains("plan.steering") == true) }
    #expect(steered("2") { $0.reward.normaliseExtrinsic = true }.first?.contains("normalise_extrinsic") == true)
    #expect(steered("2") { $0.plan.kind = .none }.first?.contains("has none") == true)
  }

  @Test func learningTakesAFortiethOfTheMachine() {
    #expect(RewardSection().coreShare(cores: 2) == 0.05)
    #expect(RewardSection().coreShare(cores: 64) == 1)
    var section = RewardSection()
    section.coreShare = 0.5
    #expect(section.coreShare(cores: 2) == 0.5)
  }

  /// Otherwise the unrolls of the last policy would be refused before the next one exists.
  @Test func policiesFollowBeforeUnrollsAreTooOld() {
    #expect(problems { ($0.learner.publishUpdates, $0.learner.maximumPolicyLag) = (8, 8) }.isEmpty)
    #expect(problems { ($0.learner.publishUpdates, $0.learner.maximumPolicyLag) = (8, 7) }.count == 1)
    #expect(problems { ($0.learner.publishUpdates, $0.learner.maximumPolicyLag) = (1, 0) }.isEmpty)
  }

  @Test func everyThreadHasAColumn() {
    #expect(problems { $0.learner.threads = 16 }.isEmpty)
    #expect(problems { $0.learner.threads = 17 }.first?.contains("set it to 16 or less") == true)
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

  @Test func additionalNamesAreAccepted() throws {
    let additions = SchemaAdditions(names: ["reward.model": ["surprise"]])
    let configuration = try RunConfiguration.load(
      file: nil, overrides: ["reward.model=surprise"], additions: additions)
    #expect(configuration.reward.model.rawValue == "surprise")
    #expect(problems { $0.reward.model = RewardSection.Model(rawValue: "surprise") }.count == 1)
    let text = configuration.tomlText()
    #expect(try RunConfiguration(toml: text, fileName: "a", additions: additions) == configuration)
    #expect {
      try RunConfiguration(toml: "[reward]\nmodel = \"joy\"", fileName: "a", additions: additions)
    } throws: {
      "\($0)".hasPrefix("a:2: \"reward.model\": expected \"none\" or ")
        && "\($0)".hasSuffix(" or \"surprise\", found \"joy\"")
    }
  }

  /// The `config.toml` of a run of an earlier version contains the fields that are gone, with their defaults.
  @Test func retiredFieldsAreIgnoredAtTheirDefaults() throws {
    let text = "[annotator]\nflip_rate = 0.0\nrandom_share = 0.5\noutage_seconds = 0\n[reward]\ncream = false\n"
    #expect(try RunConfiguration(toml: text, fileName: "a") == RunConfiguration())
    #expect {
      try RunConfiguration(toml: "[annotator]\nflip_rate = 0.3\n", fileName: "a")
    } throws: {
      "\($0)"
        == "a:2: \"annotator.flip_rate\" was removed; set \"annotator.stub\" = \"flip_rate=...\""
    }
    for value in ["true", "0"] {
      #expect {
        try RunConfiguration(toml: "[reward]\ncream = \(value)\n", fileName: "a")
      } throws: {
        "\($0)".hasPrefix("a:2: \"reward.cream\" was removed; take it out")
      }
    }
  }

  @Test func rangesAreCheckedForValuesSetInCode() {
    #expect(problems { $0.worker.environmentsPerGroup = 0 }.count == 1)
    #expect(problems { $0.learner.learningRate = .nan }.count == 1)
  }
}
