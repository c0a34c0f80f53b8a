import Configuration
import Testing

@testable import Assembly

/// The problems of the default configuration after a change, with the rules of the schema and of the parts.
private func problems(_ change: (inout RunConfiguration) -> Void) -> [String] {
  var configuration = RunConfiguration(Registries.standard.additions)
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
    #expect(problems { $0.reward.upo = true }.count == 1)
    #expect(
      problems {
        $0.reward.upo = true
        $0.reward.model = .ranking
      }.isEmpty)
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

  @Test func theEllipticalBonusCountsNoCaptions() {
    let needs: (inout RunConfiguration) -> Void = {
      $0.reward.model = .e3b
      $0.reward.countExponent = 0
      $0.annotator.kind = .none
    }
    #expect(problems { $0.reward.model = .e3b }.first?.contains("reward.count_exponent") == true)
    #expect(problems(needs).isEmpty)
    let large = problems {
      needs(&$0)
      $0.reward.e3bWidth = 512
      $0.worker.environmentsPerGroup = 1024
      $0.learner.batchSize = 1024 * $0.learner.unrollLength
    }
    #expect(large.count == 1 && large[0].contains("\"reward.e3b_width\" = 512 takes 2048 MiB"), "\(large)")
  }

  @Test func stubOptionsAreChecked() {
    #expect(
      problems {
        $0.annotator.stub = "flip_rate=0.3 delay_seconds=2"
        $0.annotator.kind = .oracle
      }.isEmpty)
    let found = problems { $0.annotator.stub = "fliprate=1" }
    #expect(found.count == 1 && found[0].hasPrefix("annotator.stub: \"fliprate=1\" is not one of flip_rate="))
  }

  @Test func aStubOptionNeedsAnAnnotatorThatReadsIt() {
    #expect(problems { $0.annotator.stub = "random_share=0.2" }.first?.contains("or use \"random\"") == true)
    #expect(
      problems {
        $0.annotator.stub = "random_share=0.2 delay_seconds=1"
        $0.annotator.kind = .random
      }.isEmpty)
    #expect(
      problems {
        $0.annotator.stub = "delay_seconds=1"
        $0.annotator.kind = .llm
      }.first?.contains("annotator.stub") == true)
  }

  @Test func uncertainCaptionsNeedAModelThatKnowsThem() {
    #expect(problems { $0.annotator.uncertainWeight = 1 }.first?.contains("reports no uncertainty") == true)
    #expect(
      problems {
        $0.annotator.uncertainWeight = 1
        $0.reward.model = .ranking
      }.isEmpty)
  }

  @Test func aTaskRefusesTheFieldsOfAnother() {
    #expect(
      problems { $0.environment["layouts"] = .integer(5) }.first?.contains("\"environment.layouts\" = 5 has no effect")
        == true)
    #expect(problems { $0.environment["character"] = .text("@") }.isEmpty)
    let grid = problems {
      $0.environment.task = "CaptionGrid"
      $0.environment["character"] = .text("@")
      $0.environment["layouts"] = .integer(5)
    }
    #expect(grid.count == 1 && grid[0].contains("\"environment.character\""))
    let challenge = problems {
      $0.environment.task = "NetHackChallenge"
      $0.environment["character"] = .text("val-hum-law-fem")
    }
    #expect(challenge.count == 1 && challenge[0].contains("\"environment.task\" = \"NetHackChallenge\""))
  }

  @Test func anExpectedOriginIsAKindAndAVersion() {
    #expect(problems { $0.annotator.expectedOrigin = "rules 3" }.isEmpty)
    #expect(problems { $0.annotator.expectedOrigin = "rules" }.first?.contains("is not a kind and a version") == true)
  }

  @Test func whatALanguageModelIsAskedExists() {
    func asked(_ change: (inout RunConfiguration) -> Void) -> [String] {
      problems {
        $0.annotator.kind = .llm
        change(&$0)
      }
    }
    #expect(asked { _ in }.isEmpty)
    #expect(asked { $0.languageModel.prompt = "defualt" }.first?.contains("not one of default, few-shot") == true)
    #expect(asked { $0.languageModel.prompt = "ranking" }.first?.contains("kind ranking") == true)
    #expect(asked { $0.languageModel.prompt = "mine.md" }.isEmpty, "a file of the annotator's machine")
    #expect(asked { $0.languageModel.goal = "glod" }.first?.contains("there is no goal \"glod\"") == true)
    #expect(asked { $0.languageModel.paraphrase = "none" }.isEmpty, "nobody asks it")
    #expect(
      asked {
        $0.languageModel.paraphrase = "none"
        $0.languageModel.vote = .agreement
      }.first?.contains("language_model.paraphrase") == true)
    #expect(asked { $0.languageModel.servers = "htp://x gpu:80" }.count == 2)
    #expect(asked { $0.languageModel.servers = "http://x/?key=hush" }.first?.contains("hush") == false)
  }

  /// No text is taken without a look at it: each field of text is refused a nonsense value where it has an effect, or
  /// names something that only its reader can look up.
  @Test func everyTextIsChecked() throws {
    let free = [
      // Any words, path or name will do.
      "annotator.store", "language_model.file", "language_model.model", "language_model.key_file",
      "language_model.key_variable", "language_model.ca_file", "language_model.reasoning_effort",
      "language_model.template_arguments",
      "language_model.principle", "reward.goal_text",
    ]
    for field in RunConfiguration(Registries.standard.additions).fields {
      guard case .text = field.defaultValue, !free.contains(field.path) else { continue }
      #expect(throws: ConfigurationError.self, "\(field.path)") {
        let choices = [
          "annotator.kind=llm", "annotator.pair_share=0.1", "reward.model=ranking", "language_model.vote=agreement",
          "plan.kind=balance",
        ]
        let others = field.path == "annotator.stub" ? [] : choices.filter { !$0.hasPrefix("\(field.path)=") }
        let configuration = try Registries.standard.configuration(overrides: others + ["\(field.path)=nonsense"])
        _ = try RunPlan(configuration)
      }
    }
  }
}
