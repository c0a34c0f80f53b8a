import Configuration
import IntrinsicReward

extension RunConfiguration {
  /// The transforms of `reward.chain`; none where it cannot be read, which `validate` refuses.
  var rewardStages: [RewardStage] { (try? RewardChainParser.parse(reward.chain)) ?? [] }

  /// Checks the fields whose rules only the parts know: `reward.chain`.
  /// - Throws: `ConfigurationError` naming the fields concerned.
  public func checkParts() throws(ConfigurationError) {
    let problems = chainProblems()
    guard problems.isEmpty else { throw ConfigurationError(problems) }
  }

  /// The problems of `reward.chain`, alone and together with the other fields.
  func chainProblems() -> [String] {
    do throws(ConfigurationError) {
      let stages = try RewardChainParser.parse(reward.chain)
      let entries = stages.compactMap { RewardTransformEntry.entry(named: $0.name) }
      let order = repetitions(entries) + orderProblems(entries)
      // What follows assumes that each stands where it may.
      return (order.isEmpty ? companyProblems(entries) + fieldProblems(entries) : order).map {
        "\"reward.chain\": \($0)"
      }
    } catch {
      return error.problems
    }
  }

  private func repetitions(_ entries: [RewardTransformEntry]) -> [String] {
    entries.indices.filter { place in entries[..<place].contains { $0.name == entries[place].name } }
      .map { "\"\(entries[$0].name)\" stands in it twice; a chain has each transform once" }
  }

  /// Kinds come in the order of their declaration.
  private func orderProblems(_ entries: [RewardTransformEntry]) -> [String] {
    zip(entries, entries.dropFirst()).filter { $0.kind > $1.kind }.map { earlier, later in
      "\"\(later.name)\" (\(later.kind)) comes after \"\(earlier.name)\" (\(earlier.kind)); the order is "
        + RewardTransformEntry.Kind.allCases.map { "\($0)" }.joined(separator: ", ")
    }
  }

  /// Rules between transforms.
  private func companyProblems(_ entries: [RewardTransformEntry]) -> [String] {
    var problems: [String] = []
    func names(_ kinds: Set<RewardTransformEntry.Kind>) -> [String] {
      entries.filter { kinds.contains($0.kind) }.map { "\"\($0.name)\"" }
    }
    let bounding = names([.bounding])
    if bounding.count > 1 {
      problems.append("\(bounding.joined(separator: " and ")) bound an episode's reward; leave one")
    }
    let shaping = names([.shaping])
    if shaping.count > 1 { problems.append("\(shaping.joined(separator: " and ")) exclude each other; leave one") }
    let replaced = names([.bounding, .trust, .novelty])
    if let shaped = shaping.first, !replaced.isEmpty {
      problems.append(
        "\(replaced.joined(separator: ", ")) would be lost to \(shaped), which pays something else; leave out")
    }
    let scaling = names([.scaling])
    if shaping.first == "\"information\"", !scaling.isEmpty {
      problems.append("\(scaling.joined(separator: ", ")) would be lost to \"information\", which reads no scores")
    }
    if bounding.contains("\"ppr\""), let other = names([.novelty, .annealing]).first {
      problems.append("\"ppr\" contains the episode's outcome, which \(other) would take away; leave one out")
    }
    return problems
  }

  /// Rules between transforms and the other fields of the reward.
  private func fieldProblems(_ entries: [RewardTransformEntry]) -> [String] {
    var problems: [String] = []
    let names = Set(entries.map(\.name))
    if reward.model == .none && reward.chain != RewardSection().chain {
      problems.append("there is nothing to transform: \"reward.model\" is \"none\"")
    }
    if names.contains("ppr") && reward.extrinsicCoefficient != 0 {
      problems.append(
        "\"ppr\" contains the episode's outcome; set \"reward.extrinsic_coefficient\" = 0, which is "
          + "\(reward.extrinsicCoefficient)")
    }
    if names.contains("par") && reward.model == .rnd {
      problems.append("\"par\" compares captions by their scores, and \"reward.model\" = \"rnd\" scores none")
    }
    if names.contains("trust") && !paysShares(names) {
      problems.append(
        "\"trust\" needs rewards in 0 ... 1; put \"par\" before it, or use \"reward.model\" = \"retrieval\", "
          + "\"classification\", \"novelty\" or \"similarity\" without \"standardise\", \"clip\", \"delta\" and \"ppr\""
      )
    }
    return problems
  }

  /// Whether what scaling and bounding leave lies in 0 ... 1.
  private func paysShares(_ names: Set<String>) -> Bool {
    if names.contains("par") { return true }
    return [.retrieval, .classification, .novelty, .similarity].contains(reward.model)
      && names.isDisjoint(with: ["standardise", "clip", "delta", "ppr"])
  }
}
