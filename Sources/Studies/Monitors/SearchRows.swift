import Search

/// Rows 1 and 8: searches of CaptionGrid, distilled into a policy and a value, whose critics are dropped one by one.
extension Study {
  /// Points of success that a critic must be worth.
  private static let critic = 0.02

  public static func search(_ settings: SearchStudy.Settings) -> Study {
    Study(
      "search", "search trees of CaptionGrid, distilled into a policy and a value; critics dropped one by one",
      requirements: [
        StudyRequirement(
          "1", "search with value leaves: success above best of n with as many steps", "value", minus: "best of n",
          .atLeast(0)),
        StudyRequirement(
          "1", "the policy alone after two rounds: success above none", "policy 2", minus: "policy 0", .atLeast(0.1)),
        StudyRequirement(
          "1", "the policy alone: the second round adds to the first", "policy 2", minus: "policy 1", .atLeast(0)),
        StudyRequirement(
          "1", "targets of won trees: 0.1 minus their distance from the solver's values", .atLeast(0)
        ) { 0.1 - ($0["error"] ?? .nan) },
        StudyRequirement(
          "8", "all critics: success above those without the value", "all", minus: "no value", .atLeast(critic)),
        StudyRequirement(
          "8", "all critics: success above those without the outcome", "all", minus: "no outcome", .atLeast(critic)),
        StudyRequirement(
          "8", "all critics: success above those without the process", "all", minus: "no progress", .atLeast(critic)),
        StudyRequirement(
          StudyRequirement.control, "the solver's value: success above a coin", "solver", minus: "coin", .atLeast(0.2)),
        StudyRequirement(
          StudyRequirement.control, "a coin next to the solver's value is worth less than a critic must", .atLeast(0)
        ) { critic - ($0["solver and coin"] ?? .nan) + ($0["solver"] ?? .nan) },
      ]
    ) { searchResults($0, settings) }
  }

  /// What one seed measures, by name.
  private static func searchResults(_ seed: UInt64, _ settings: SearchStudy.Settings) -> [String: Double] {
    var study = SearchStudy(settings, seed: seed)
    var results = ["policy 0": study.policySuccess()]
    // Nothing has been learned before the first round, so that only outcomes can guide it.
    var critics = SearchStudy.Critics.only(\.outcome)
    for round in 1...max(1, settings.rounds) {
      results["training \(round)"] = study.train(critics)
      results["error"] = study.targetError
      results["policy \(round)"] = study.policySuccess()
      critics.value = 1
    }
    results["value"] = study.searchSuccess(.only(\.value))
    results["best of n"] = study.bestOfSuccess(asMuchAs: .only(\.value))
    results["all"] = study.searchSuccess(.all)
    results["no value"] = study.searchSuccess(.all.without(\.value))
    results["no outcome"] = study.searchSuccess(.all.without(\.outcome))
    results["no progress"] = study.searchSuccess(.all.without(\.progress))
    results["solver"] = study.searchSuccess(.only(\.solver))
    results["coin"] = study.searchSuccess(.only(\.coin))
    var both = SearchStudy.Critics.only(\.solver)
    both.coin = 1
    results["solver and coin"] = study.searchSuccess(both)
    return results
  }
}
