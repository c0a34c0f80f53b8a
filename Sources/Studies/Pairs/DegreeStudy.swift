import Environments
import Runtime

/// Row 57, SPO (arXiv 2409.17791, "degrees" of preference): key captions are dropped from the better list of a pair, and a second
/// head of the reward model learns to tell how many, in addition to Bradley and Terry's loss:
///
///     loss = -log sigmoid(s(better) - s(worse)) + weight * cross-entropy of the number of dropped captions
///
/// The claim: the score then follows the degree, so that a list without k key captions is worth less the larger k is.
struct DegreeStudy {
  private static let hidden = 32
  private static let most = 3
  private static let tasks = 200
  private static let updates = 1500
  private static let batch = 8
  private static let rate: Float = 2e-3
  private static let classWeight: Float = 0.5

  /// What the second head is told.
  enum Degrees: String, CaseIterable {
    /// Nothing: Bradley and Terry's loss alone.
    case none
    case dropped
    /// A number that chance draws.
    case coin
  }

  /// Lists of caption places.
  private typealias List = [Int]

  private let pairs: [(better: List, worse: List)]
  private let heldOut: [List]
  private var generator: RandomGenerator

  init(seed: UInt64) {
    generator = RandomGenerator(seed: seed)
    var game = GameTasks()
    (game.farthest, game.horizon) = (24, 40)
    let policy = LinearScores.imitation(of: game.tasks(24, &generator), epochs: 6, rate: 0.1, &generator)
    func pairs(_ game: GameTasks, _ generator: inout RandomGenerator) -> [(better: List, worse: List)] {
      let groups = game.groups(game.tasks(Self.tasks, &generator), repeats: 6, &generator) {
        policy.logProbabilities($0)
      }
      return groups.compactMap { group in
        // Only what has enough to drop.
        guard let pair = group.pairs.first(where: { Self.keys(Self.list($0.won)).count >= Self.most }) else {
          return nil
        }
        return (Self.list(pair.won), Self.list(pair.lost))
      }
    }
    self.pairs = pairs(game, &generator)
    heldOut = pairs(game, &generator).map(\.better)
  }

  private static func list(_ episode: GameEpisode) -> List {
    episode.steps.compactMap { CaptionWords.place($0.caption) }
  }

  /// Indices into a list of its captions of progress.
  private static func keys(_ list: List) -> [Int] { list.indices.filter { CaptionWords.captions[list[$0]].isProgress } }

  private static func dropping(_ count: Int, from list: List, _ generator: inout RandomGenerator) -> List {
    let gone = Set(keys(list).shuffled(using: &generator).prefix(count))
    return list.indices.filter { !gone.contains($0) }.map { list[$0] }
  }

  /// Share of each caption in a list, and the list's length.
  private static func features(_ list: List) -> [Float] {
    var row = [Float](repeating: 0, count: CaptionWords.captions.count + 1)
    for place in list { row[place] += 1 / Float(list.count) }
    row[row.count - 1] = Float(list.count) / 20
    return row
  }

  mutating func measure() -> [String: Double] {
    let seed = generator.next()
    var results = ["pairs": Double(pairs.count), "held-out lists": Double(heldOut.count)]
    for degrees in Degrees.allCases {
      var own = RandomGenerator(seed: seed)
      let network = learned(degrees, &own)
      results["rank, \(degrees)"] = correlation(&own) { network.values(Self.features($0))[0] }
    }
    var own = RandomGenerator(seed: seed &+ 2)
    let again = learned(.none, &own)
    results["rank, again"] = correlation(&own) { again.values(Self.features($0))[0] }
    own = RandomGenerator(seed: seed)
    results["rank, judge"] = correlation(&own) { Float(Self.keys($0).count) }
    own = RandomGenerator(seed: seed)
    var chance = RandomGenerator(seed: seed &+ 1)
    results["rank, chance"] = correlation(&own) { _ in chance.uniform() }
    return results
  }

  private func learned(_ degrees: Degrees, _ generator: inout RandomGenerator) -> SmallNetwork {
    var network = SmallNetwork(
      inputs: CaptionWords.captions.count + 1, hidden: Self.hidden, outputs: 1 + Self.most + 1, &generator)
    guard !pairs.isEmpty else { return network }
    for _ in 0..<Self.updates {
      for _ in 0..<Self.batch {
        let pair = pairs[generator.below(pairs.count)]
        let count = generator.below(Self.most + 1)
        let told = generator.below(Self.most + 1)
        let rows = (Self.features(pair.better), Self.features(pair.worse))
        let gap = network.values(rows.0)[0] - network.values(rows.1)[0]
        let slope = -Logistic.sigmoid(-gap) / Float(Self.batch)
        let zeros = [Float](repeating: 0, count: Self.most + 1)
        network.accumulate(rows.0, slopes: [slope] + zeros)
        network.accumulate(rows.1, slopes: [-slope] + zeros)
        guard degrees != .none else { continue }
        let row = Self.features(Self.dropping(count, from: pair.better, &generator))
        let target = degrees == .dropped ? count : told
        let logs = Logistic.logSoftmax(Array(network.values(row).dropFirst()))
        let slopes = logs.indices.map {
          Self.classWeight / Float(Self.batch) * (Logistic.exp(logs[$0]) - ($0 == target ? 1 : 0))
        }
        network.accumulate(row, slopes: [0] + slopes)
      }
      network.update(rate: Self.rate)
    }
    return network
  }

  /// Mean over held-out lists of the rank correlation of score and -k, where k = 0 ... 3 captions are dropped.
  private func correlation(_ generator: inout RandomGenerator, score: (List) -> Float) -> Double {
    guard !heldOut.isEmpty else { return .nan }
    let sum = heldOut.reduce(0.0) { sum, list in
      sum + Self.agreement((0...Self.most).map { score(Self.dropping($0, from: list, &generator)) })
    }
    return sum / Double(heldOut.count)
  }

  /// Spearman's correlation of scores with their falling order; ties have the mean of their ranks.
  static func agreement(_ scores: [Float]) -> Double {
    let ranks = scores.map { score in
      Double(scores.count { $0 > score }) + Double(scores.count { $0 == score } - 1) / 2
    }
    let mean = Double(scores.count - 1) / 2
    var (product, squares, own) = (0.0, 0.0, 0.0)
    for (index, rank) in ranks.enumerated() {
      product += (rank - mean) * (Double(index) - mean)
      squares += (rank - mean) * (rank - mean)
      own += (Double(index) - mean) * (Double(index) - mean)
    }
    return squares > 0 ? product / (squares * own).squareRoot() : 0
  }
}

extension Study {
  static let degrees = Study(
    "degrees", "scores that follow how many key captions are missing (row 57)", seeds: 20,
    requirements: [
      StudyRequirement(
        "57", "rank correlation of score and missing captions on held-out lists", "rank, dropped", .atLeast(0.9)),
      StudyRequirement(
        "57", "above that of pairs alone", "rank, dropped", minus: "rank, none", .atLeast(0.02)),
      StudyRequirement(
        "57", "above that of random numbers as degrees", "rank, dropped", minus: "rank, coin", .atLeast(0.02)),
      StudyRequirement(
        StudyRequirement.control, "the number of key captions has a correlation of 1", "rank, judge", .atLeast(0.99)),
      StudyRequirement(StudyRequirement.control, "chance has none", "rank, chance", .atMost(0.1)),
      StudyRequirement(
        StudyRequirement.control, "pairs alone in another order are no better", "rank, again", minus: "rank, none",
        .atMost(0.1)),
    ]
  ) { seed in
    var study = DegreeStudy(seed: seed)
    return study.measure()
  }
}
