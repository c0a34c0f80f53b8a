import Configuration
import GameRules

extension RunConfiguration {
  /// Checks the rules that depend on the entries that the configuration chooses: what they need, which fields are
  /// theirs, and the reward chain.
  /// - Throws: `ConfigurationError` naming the fields concerned.
  public func checkParts(_ registries: Registries = .standard) throws(ConfigurationError) {
    let model = try registries.rewardModels.entry(named: reward.model.rawValue)
    let annotator = try registries.annotators.entry(named: annotator.kind.rawValue)
    var problems = labelProblems(model, annotator)
    problems += exclusiveFieldProblems(model, registries.rewardModels) + model.problems(self)
    problems += chainProblems(model)
    do throws(StubOptions.Problem) {
      _ = try AnnotatorEntry.Inputs(self)
    } catch {
      problems.append(error.description)
    }
    guard problems.isEmpty else { throw ConfigurationError(problems) }
  }

  private func labelProblems(_ model: RewardModelEntry, _ source: AnnotatorEntry) -> [String] {
    var problems: [String] = []
    if reward.paysIntrinsic && model.needsLabels && annotator.kind == .none && annotator.store.isEmpty {
      problems.append(
        "\"reward.model\" = \"\(model.name)\" needs labels, and \"annotator.kind\" is \"none\"; set an annotator or "
          + "\"annotator.store\", or \"reward.model\" to \"none\"")
    }
    if annotator.pairShare > 0 && !(source.asksModel && model.learnsFromPairs) {
      problems.append(
        "\"annotator.pair_share\" needs \"annotator.kind\" = \"llm\" or \"layered\", which can compare captions, and "
          + "\"reward.model\" = \"ranking\", which learns from comparisons")
    }
    return problems
  }

  /// Fields that are set and have no effect with the chosen reward model.
  private func exclusiveFieldProblems(_ model: RewardModelEntry, _ models: Registry<RewardModelEntry>) -> [String] {
    ConfigurationField.all.compactMap { field in
      let owners = models.entries.filter { $0.exclusiveFields.contains(field.path) }.map { "\"\($0.name)\"" }
      guard !owners.isEmpty, !model.exclusiveFields.contains(field.path), field.value(self) != field.defaultValue else {
        return nil
      }
      return "\"\(field.path)\" has no effect with \"reward.model\" = \"\(model.name)\"; remove it, or use "
        + owners.joined(separator: " or ")
    }
  }
}
