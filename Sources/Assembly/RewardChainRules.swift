import Configuration
import IntrinsicReward

extension RunConfiguration {
  /// The transforms of `reward.chain`; none if the text cannot be read, which `checkParts` refuses.
  var rewardStages: [RewardStage] { (try? RewardChainParser.parse(reward.chain)) ?? [] }

  /// The problems of `reward.chain`, alone and together with the other fields.
  func chainProblems(_ model: RewardModelEntry) -> [String] {
    do throws(ConfigurationError) {
      let stages = try RewardChainParser.parse(reward.chain)
      let entries = stages.compactMap { RewardTransformEntry.entry(named: $0.name) }
      let order = repetitions(entries) + orderProblems(entries)
      // The other rules assume that the order is right.
      return (order.isEmpty ? combinationProblems(entries) + fieldProblems(entries, model) : order).map {
        "\"reward.chain\": \($0)"
      }
    } catch {
      return error.problems
    }
  }

  private func repetitions(_ entries: [RewardTransformEntry]) -> [String] {
    entries.indices.filter { place in entries[..<place].contains { $0.name == entries[place].name } }
      .map { "\"\(entries[$0].name)\" appears twice; a chain has each transform once" }
  }

  /// Kinds come in the order of their declaration.
  private func orderProblems(_ entries: [RewardTransformEntry]) -> [String] {
    zip(entries, entries.dropFirst()).filter { $0.kind > $1.kind }.map { earlier, later in
      "\"\(later.name)\" (\(later.kind)) comes after \"\(earlier.name)\" (\(earlier.kind)); the order is "
        + RewardTransformEntry.Kind.allCases.map { "\($0)" }.joined(separator: ", ")
    }
  }

  /// Rules between transforms.
  private func combinationProblems(_ entries: [RewardTransformEntry]) -> [String] {
    var problems: [String] = []
    func names(_ kinds: Set<RewardTransformEntry.Kind>) -> [String] {
      entries.filter { kinds.contains($0.kind) }.map { "\"\($0.name)\"" }
    }
    let bounding = names([.bounding])
    if bounding.count > 1, bounding != ["\"clip\"", "\"delta\""] {
      problems.append(
        "\(bounding.joined(separator: " and ")) bound an episode's reward; keep one, or \"clip delta\" in this order")
    }
    let shaping = names([.shaping])
    if shaping.count > 1 { problems.append("\(shaping.joined(separator: " and ")) exclude each other; keep one") }
    let replaced = names([.bounding, .trust, .novelty])
    if let shaped = shaping.first, !replaced.isEmpty {
      problems.append(
        "\(replaced.joined(separator: ", ")) would have no effect before \(shaped), which replaces the scores; remove "
          + "it"
      )
    }
    let scaling = names([.scaling])
    if shaping.first == "\"information\"", !scaling.isEmpty {
      problems.append(
        "\(scaling.joined(separator: ", ")) would have no effect before \"information\", which reads no scores; remove "
          + "it"
      )
    }
    if bounding.contains("\"ppr\""), let other = names([.novelty, .annealing]).first {
      problems.append("\"ppr\" contains the episode's outcome, which \(other) would take away; remove one of them")
    }
    return problems
  }

  /// Rules between transforms and the other fields of the reward.
  private func fieldProblems(_ entries: [RewardTransformEntry], _ model: RewardModelEntry) -> [String] {
    var problems: [String] = []
    let names = Set(entries.map(\.name))
    if reward.model == .none && reward.chain != RewardSection().chain {
      problems.append("there is nothing to transform: \"reward.model\" is \"none\"")
    }
    if names.contains("ppr") && reward.extrinsicCoefficient != 0 {
      problems.append(
        "\"ppr\" contains the episode's outcome; set \"reward.extrinsic_coefficient\" to 0, it is "
          + "\(reward.extrinsicCoefficient)")
    }
    if names.contains("par") && !model.scoresCaptions {
      problems.append(
        "\"par\" compares captions by their scores, and \"reward.model\" = \"\(model.name)\" scores no captions")
    }
    if names.contains("trust") && !paysShares(names, model) {
      problems.append(
        "\"trust\" needs rewards in 0 ... 1; put \"par\" before it, or use \"reward.model\" = \"retrieval\", "
          + "\"classification\", \"novelty\" or \"similarity\" without \"standardise\", \"clip\", \"delta\" and \"ppr\""
      )
    }
    return problems
  }

  /// Whether rewards after scaling and bounding are in 0 ... 1.
  private func paysShares(_ names: Set<String>, _ model: RewardModelEntry) -> Bool {
    names.contains("par") || model.scoresShares && names.isDisjoint(with: ["standardise", "clip", "delta", "ppr"])
  }
}
