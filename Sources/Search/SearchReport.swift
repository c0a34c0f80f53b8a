import Statistics

/// The acceptance tests of searches over seeds, decided by 95% intervals. Two controls with planted critics show that the
/// study can tell a critic that helps from one that does not.
public struct SearchReport: Sendable {
  /// One requirement: a number for each seed that has to reach the bar.
  public struct Line: Sendable {
    /// Row of docs/methods.md; "control" for a planted effect.
    public let row: String
    public let title: String
    public let bar: Double
    public let values: [Double]

    public var mean: Double { values.reduce(0, +) / Double(max(values.count, 1)) }
    public var interval: ConfidenceInterval? { Bootstrap().interval(of: .mean, values) }
    public var verdict: BarVerdict? { interval.map { BarVerdict($0, atLeast: bar) } }
  }

  /// Points of success that a critic must be worth.
  public static let critic = 0.02

  public let lines: [Line]

  /// - Parameter note: receives the lines of each seed as text.
  public init(seeds: Int, _ settings: SearchStudy.Settings = .init(), note: (String) -> Void = { _ in }) {
    var values: [String: [Double]] = [:]
    for seed in 1...UInt64(max(1, seeds)) {
      let results = Self.results(seed, settings)
      for (key, value) in results { values[key, default: []].append(value) }
      note(
        "seed \(seed): " + results.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
    }
    func line(_ row: String, _ title: String, _ bar: Double, _ number: ([String: Double]) -> Double) -> Line {
      let numbers = (0..<max(1, seeds)).map { seed in number(values.mapValues { $0[seed] }) }
      return Line(row: row, title: title, bar: bar, values: numbers)
    }
    func difference(_ first: String, _ second: String) -> ([String: Double]) -> Double {
      { ($0[first] ?? .nan) - ($0[second] ?? .nan) }
    }
    lines = [
      line(
        "1", "search with value leaves: success above best of n with as many steps", 0, difference("value", "best of n")
      ),
      line("1", "the policy alone after two rounds: success above none", 0.1, difference("policy 2", "policy 0")),
      line("1", "the policy alone: the second round adds to the first", 0, difference("policy 2", "policy 1")),
      line("1", "targets of won trees: 0.1 minus their distance from the solver's values", 0) {
        0.1 - ($0["error"] ?? .nan)
      },
      line("8", "all critics: success above those without the value", Self.critic, difference("all", "no value")),
      line("8", "all critics: success above those without the outcome", Self.critic, difference("all", "no outcome")),
      line("8", "all critics: success above those without the process", Self.critic, difference("all", "no progress")),
      line("control", "the solver's value: success above a coin", 0.2, difference("solver", "coin")),
      line("control", "a coin next to the solver's value is worth less than a critic must", 0) {
        Self.critic - ($0["solver and coin"] ?? .nan) + ($0["solver"] ?? .nan)
      },
    ]
  }

  /// What one seed measures, by name.
  private static func results(_ seed: UInt64, _ settings: SearchStudy.Settings) -> [String: Double] {
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
