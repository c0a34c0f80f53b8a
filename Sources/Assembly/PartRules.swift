import Configuration
import Environments
import GameRules
import Judging
import LanguageModelClient

extension RunConfiguration {
  /// Checks the rules that depend on the entries that the configuration chooses: what they need, which fields are
  /// theirs, and the reward chain.
  /// - Throws: `ConfigurationError` naming the fields concerned.
  public func checkParts(_ registries: Registries = .standard) throws(ConfigurationError) {
    let model = try registries.rewardModels.entry(named: reward.model.rawValue)
    let annotator = try registries.annotators.entry(named: annotator.kind.rawValue)
    var problems = labelProblems(model, annotator)
    problems += exclusiveFieldProblems(model, registries.rewardModels) + model.problems(self)
    problems += chainProblems(model) + stubProblems(annotator, registries.annotators) + policyProblems
    problems += environmentProblems(registries.environments) + textProblems
    if annotator.asksModel { problems += languageModelProblems() }
    guard problems.isEmpty else { throw ConfigurationError(problems) }
  }

  private func labelProblems(_ model: RewardModelEntry, _ source: AnnotatorEntry) -> [String] {
    var problems: [String] = []
    if reward.paysIntrinsic && model.needsLabels && annotator.kind == .none && annotator.store.isEmpty {
      problems.append(
        "\"reward.model\" = \"\(model.name)\" needs labels, and \"annotator.kind\" is \"none\"; set an annotator or "
          + "\"annotator.store\", or \"reward.model\" to \"none\"")
    }
    if annotator.uncertainWeight > 0 && !model.reportsUncertainty {
      problems.append(
        "\"annotator.uncertain_weight\" has no effect: \"reward.model\" = \"\(model.name)\" reports no uncertainty; remove it, "
          + "or use \"classification\" or \"ranking\"")
    }
    if annotator.optimism > 0 && !(annotator.readsUncertainty && model.reportsUncertainty) {
      problems.append(
        "\"annotator.optimism\" has no effect: no captions are asked by the reward model's uncertainty; set "
          + "\"annotator.effect_weight\" or \"annotator.uncertain_weight\", with \"reward.model\" = \"classification\" or "
          + "\"ranking\"")
    }
    if annotator.pairShare > 0 && !(source.asksModel && model.learnsFromPairs) {
      problems.append(
        "\"annotator.pair_share\" needs \"annotator.kind\" = \"llm\" or \"layered\", which can compare captions, and "
          + "\"reward.model\" = \"ranking\", which learns from comparisons")
    }
    if !annotator.expectedOrigin.isEmpty, ExpectedOrigin(annotator.expectedOrigin) == .unknown {
      problems.append(
        "\"annotator.expected_origin\" = \"\(annotator.expectedOrigin)\" is not a kind and a version, such as \"rules 3\"; "
          + "`tengu labels stats` prints those of a store")
    }
    return problems
  }

  /// The file of the annotator "policy", which only that one reads.
  private var policyProblems: [String] {
    switch (annotator.kind == .policy, annotator.policy.isEmpty) {
    case (true, true):
      ["\"annotator.kind\" = \"policy\" needs \"annotator.policy\", a file that `tengu text distill` makes"]
    case (false, false):
      [
        "\"annotator.policy\" has no effect with \"annotator.kind\" = \"\(annotator.kind)\"; remove it, or use \"policy\""
      ]
    default: []
    }
  }

  /// Options of `annotator.stub` that cannot be read, or that the chosen annotator does not read.
  private func stubProblems(_ chosen: AnnotatorEntry, _ annotators: Registry<AnnotatorEntry>) -> [String] {
    do throws(StubOptions.Problem) {
      _ = try AnnotatorEntry.Inputs(self)
    } catch {
      return [error.description]
    }
    if annotator.stub.isEmpty { return [] }
    guard case .immediate = chosen.source else {
      return ["\"annotator.stub\" has no effect with \"annotator.kind\" = \"\(chosen.name)\"; remove it"]
    }
    let names = annotator.stub.split(separator: " ").compactMap { $0.split(separator: "=").first.map(String.init) }
    var shares: Set<String> = chosen.stubShare.map { [$0] } ?? []
    return annotators.entries.compactMap { owner in
      guard let share = owner.stubShare, names.contains(share), shares.insert(share).inserted else { return nil }
      return "\"annotator.stub\": \"\(share)\" has no effect with \"annotator.kind\" = \"\(chosen.name)\"; remove it, "
        + "or use \"\(owner.name)\""
    }
  }

  /// Fields of `[environment]` that are set and that the chosen task does not read. An unknown task has no such fields:
  /// it is refused where the task is looked up.
  private func environmentProblems(_ environments: EnvironmentRegistry) -> [String] {
    guard let entry = try? environments.entry(named: environment.task) else { return [] }
    var common = ["environment.task", "environment.maximum_episode_steps"]
    // Only an environment of the rollout thread's own sleeps.
    if entry.makeHosts == nil { common.append("environment.step_microseconds") }
    let read = common + entry.ownFields.map { "environment.\($0.name)" }
    return fields.compactMap { field in
      guard field.section == "environment", !read.contains(field.path), field.value(self) != field.defaultValue else {
        return nil
      }
      return "\"\(field.path)\" = \(field.value(self).toml) has no effect with \"environment.task\" = "
        + "\"\(entry.name)\"; remove it"
    }
  }

  /// Servers and prompts that the annotators of the run could not use. A prompt that is a file is on their machines.
  private func languageModelProblems() -> [String] {
    var problems: [String] = []
    for server in languageModel.serverList {
      do throws(ClientError) {
        _ = try ServerAddress(server)
      } catch {
        problems.append("\"language_model.servers\": \(error)")
      }
    }
    func check(_ field: String, _ name: String, _ kind: Prompt.Kind) {
      if PromptLibrary.isPath(name) { return }
      do throws(PromptError) {
        let prompt = try PromptLibrary.prompt(name)
        guard prompt.kind == kind else {
          return problems.append(
            "\"\(field)\" = \"\(name)\" is a prompt of kind \(prompt.kind.rawValue); this field takes \(kind.rawValue)")
        }
        // A principle replaces the goal.
        if languageModel.principle.isEmpty { _ = try Instruction(prompt, goal: .named(languageModel.goal)) }
      } catch {
        problems.append("\"\(field)\": \(error)")
      }
    }
    check("language_model.prompt", languageModel.prompt, .classification)
    if languageModel.vote == .agreement {
      check("language_model.paraphrase", languageModel.paraphrase, .classification)
    }
    if annotator.pairShare > 0 { check("language_model.pair_prompt", languageModel.pairPrompt, .ranking) }
    return problems
  }

  /// Fields that are set and have no effect with the chosen reward model.
  private func exclusiveFieldProblems(_ model: RewardModelEntry, _ models: Registry<RewardModelEntry>) -> [String] {
    fields.compactMap { field in
      let owners = models.entries.filter { $0.exclusiveFields.contains(field.path) }.map { "\"\($0.name)\"" }
      guard !owners.isEmpty, !model.exclusiveFields.contains(field.path), field.value(self) != field.defaultValue else {
        return nil
      }
      return "\"\(field.path)\" has no effect with \"reward.model\" = \"\(model.name)\"; remove it, or use "
        + owners.joined(separator: " or ")
    }
  }
}
