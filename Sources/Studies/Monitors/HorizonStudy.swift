import Runtime

/// Row 68 (arXiv 2509.09677, long-horizon execution): how long a chain of simple steps does a policy execute, and do its own errors
/// in the history make the next step worse (self-conditioning)?
///
/// A text policy learns running sums modulo 10, `4=4;7=1;5=6;`, from texts without errors. A step is right if it adds its digit
/// to the sum before it, whether or not that one is right. H50 is the length at which half of the chains have no error.
struct HorizonStudy {
  static let turns = 14
  private static let updates = 600
  private static let batch = 32
  private static let rate: Float = 3e-3
  private static let problems = 200
  /// Share of the sums in a history that are replaced by wrong ones.
  private static let errorRate: Float = 0.5

  /// What executes steps: the chance that a step is right after a history.
  protocol Executor {
    /// Chances of all turns, each after a history without errors.
    func chances(_ digits: [Int]) -> [Double]
    /// The chance of the last turn after a history of sums, one for each digit but the last.
    func lastChance(_ digits: [Int], history: [Int]) -> Double
  }

  /// Executes with a known chance, which falls by `conditioning` times the share of errors in the history.
  struct Planted: Executor {
    var chance = 0.93
    var conditioning = 0.0

    func chances(_ digits: [Int]) -> [Double] { digits.map { _ in chance } }

    func lastChance(_ digits: [Int], history: [Int]) -> Double {
      var before = 0
      let wrong = history.indices.count { index in
        defer { before = history[index] }
        return history[index] != (before + digits[index]) % 10
      }
      return chance - conditioning * Double(wrong) / Double(max(1, history.count))
    }
  }

  private var generator: RandomGenerator
  private let seed: UInt64

  init(seed: UInt64) {
    self.seed = seed
    generator = RandomGenerator(seed: seed)
  }

  mutating func measure() throws -> [String: Double] {
    var results: [String: Double] = [:]
    let exact = try SumPolicy(seed: seed)
    exact.train(updates: Self.updates, batch: Self.batch, rate: Self.rate, errorRate: 0)
    let robust = try SumPolicy(seed: seed)
    robust.train(updates: Self.updates, batch: Self.batch, rate: Self.rate, errorRate: Self.errorRate)
    let executors: [(String, any Executor)] = [
      ("policy", exact), ("robust", robust), ("independent", Planted()), ("conditioned", Planted(conditioning: 0.2)),
    ]
    let testSeed = generator.next()
    for (name, executor) in executors {
      for (key, value) in Self.measure(executor, seed: testSeed) { results["\(key), \(name)"] = value }
    }
    return results
  }

  static func measure(_ executor: any Executor, seed: UInt64) -> [String: Double] {
    var generator = RandomGenerator(seed: seed)
    var (chains, sums) = ([Double](repeating: 0, count: turns), [Double](repeating: 0, count: turns))
    var drop = 0.0
    for _ in 0..<problems {
      let digits = (0..<turns).map { _ in generator.below(10) }
      var chain = 1.0
      for (turn, chance) in executor.chances(digits).enumerated() {
        chain *= chance
        sums[turn] += chance / Double(problems)
        chains[turn] += chain / Double(problems)
      }
      let right = history(digits, errorRate: 0, &generator)
      let wrong = history(digits, errorRate: errorRate, &generator)
      drop +=
        (executor.lastChance(digits, history: right) - executor.lastChance(digits, history: wrong)) / Double(problems)
    }
    let accuracy = sums.reduce(0, +) / Double(turns)
    return [
      "accuracy": accuracy, "late minus early": mean(sums.suffix(4)) - mean(sums.prefix(4)), "drop": drop,
      "half-length": halfLength(chains), "half-length from accuracy": Logistic.log(0.5) / Logistic.log(accuracy),
    ]
  }

  private static func mean(_ values: ArraySlice<Double>) -> Double { values.reduce(0, +) / Double(values.count) }

  /// The length at which the share of chains without an error falls below one half, between whole turns by its logarithm;
  /// beyond the last turn by the mean fall of a turn.
  static func halfLength(_ chains: [Double]) -> Double {
    var before = 1.0
    for (turn, share) in chains.enumerated() {
      if share < 0.5 {
        return Double(turn) + (Logistic.log(before) - Logistic.log(0.5)) / (Logistic.log(before) - Logistic.log(share))
      }
      before = share
    }
    return Double(chains.count) * Logistic.log(0.5) / Logistic.log(min(before, 1 - 1e-9))
  }

  /// Sums of all digits but the last, some replaced by wrong ones, from which the later ones follow.
  static func history(_ digits: [Int], errorRate: Float, _ generator: inout RandomGenerator) -> [Int] {
    var sum = 0
    return digits.dropLast().map { digit in
      sum = (sum + digit) % 10
      if generator.uniform() < errorRate { sum = (sum + 1 + generator.below(9)) % 10 }
      return sum
    }
  }
}

extension Study {
  static let horizon = Study(
    "horizon", "how long a text policy executes steps, and whether its errors breed errors (row 68)", seeds: 5,
    requirements: [
      StudyRequirement(
        "68", "half of the history wrong lowers the accuracy of a step", "drop, policy", .atLeast(0.05)),
      StudyRequirement("68", "the length of half success follows from the accuracy within a fifth", .atLeast(-0.2)) {
        -abs(($0["half-length, policy"] ?? .nan) / ($0["half-length from accuracy, policy"] ?? .nan) - 1)
      },
      StudyRequirement(
        "68", "histories with errors in training more than halve the drop", .atLeast(0)
      ) { ($0["drop, policy"] ?? .nan) - 2 * ($0["drop, robust"] ?? .nan) },
      StudyRequirement(
        StudyRequirement.control, "an executor that errors make worse is seen", "drop, conditioned", .atLeast(0.05)),
      StudyRequirement(
        StudyRequirement.control, "independent errors show no drop", "drop, independent", .atMost(0.001)),
      StudyRequirement(
        StudyRequirement.control, "independent errors: the length of half success is ln .5 / ln p", .atLeast(-0.01)
      ) {
        -abs(($0["half-length, independent"] ?? .nan) / ($0["half-length from accuracy, independent"] ?? .nan) - 1)
      },
    ]
  ) { seed in
    var study = HorizonStudy(seed: seed)
    return try study.measure()
  }
}
