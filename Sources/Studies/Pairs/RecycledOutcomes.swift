import Environments
import Runtime
import Statistics

/// Row 50, SPARK (arXiv 2509.22624): the ends of episodes that were played anyway teach the reward model of captions, in
/// addition to a few labels.
///
/// An episode is cut into segments, each with the episode's end. Where all episodes of a task end alike, segments are judged
/// alone: P(won) = sigmoid(a mean of the captions' scores + b). Where they differ, three comparisons in ten are such
/// judgements, and seven are between a won and a lost segment.
struct RecycledOutcomes {
  private static let labels = 10
  private static let hidden = 32
  private static let tasks = 150
  private static let segmentSteps = 8
  private static let updates = 600
  private static let rate: Float = 3e-3
  /// Captions, and comparisons of segments, of an update; weight of the comparisons.
  private static let batch = 8
  private static let comparisonWeight: Float = 0.3
  private static let pairShare: Float = 0.7

  /// Captions of a few steps, and what is said of the end.
  struct Segment: Sendable {
    var places: [Int]
    var hasWon: Bool
  }

  /// What segments are said to end in.
  enum Ends: String, CaseIterable {
    /// Segments teach nothing.
    case none
    case outcome
    /// Whether a third of the segment's captions report progress: what a perfect judge says.
    case judge
    case coin
  }

  private let groups: [[Segment]]
  private let labelled: [Int]
  private var generator: RandomGenerator

  init(seed: UInt64) {
    generator = RandomGenerator(seed: seed)
    var game = GameTasks()
    (game.farthest, game.horizon) = (16, 32)
    let policy = GameStart.policy(game, &generator)
    let played = game.groups(game.tasks(Self.tasks, &generator), repeats: 4, &generator) {
      policy.logProbabilities($0)
    }
    groups = played.map { $0.episodes.flatMap(Self.segments) }.filter { !$0.isEmpty }
    // Both kinds are among the labels, as a budget of questions would soon show them.
    let all = CaptionWords.captions.indices.shuffled(using: &generator)
    let helpful = all.filter { CaptionWords.captions[$0].isProgress }
    let others = all.filter { !CaptionWords.captions[$0].isProgress }
    labelled = Array(helpful.prefix(2)) + Array(others.prefix(Self.labels - 2))
  }

  private static func segments(_ episode: GameEpisode) -> [Segment] {
    stride(from: 0, to: episode.steps.count, by: segmentSteps).compactMap { start in
      let steps = episode.steps[start..<min(start + segmentSteps, episode.steps.count)]
      let places = steps.compactMap { CaptionWords.place($0.caption) }
      return places.isEmpty ? nil : Segment(places: places, hasWon: episode.hasWon)
    }
  }

  mutating func measure() -> [String: Double] {
    let seed = generator.next()
    var results: [String: Double] = [:]
    for ends in Ends.allCases {
      var own = RandomGenerator(seed: seed)
      results["area, \(ends)"] = Self.area(learned(ends, &own), besides: labelled)
    }
    return results
  }

  /// The area under the ROC curve of the captions that have no label.
  private static func area(_ network: SmallNetwork, besides labelled: [Int]) -> Double {
    let rest = CaptionWords.captions.indices.filter { !labelled.contains($0) }
    return Ranking.areaUnderCurve(
      rest.map {
        (score: Double(network.values(CaptionWords.rows[$0])[0]), isPositive: CaptionWords.captions[$0].isProgress)
      }) ?? .nan
  }

  private func learned(_ ends: Ends, _ generator: inout RandomGenerator) -> SmallNetwork {
    var network = SmallNetwork(inputs: CaptionWords.count, hidden: Self.hidden, outputs: 1, &generator)
    let groups = ends == .none ? [] : groups.map { said(ends, $0, &generator) }
    var bias: Float = 0
    for _ in 0..<Self.updates {
      for _ in 0..<Self.batch {
        let place = labelled[generator.below(labelled.count)]
        let target: Float = CaptionWords.captions[place].isProgress ? 1 : 0
        let row = CaptionWords.rows[place]
        let slope = Logistic.sigmoid(network.values(row)[0]) - target
        network.accumulate(row, slopes: [slope / Float(Self.batch)])
        guard !groups.isEmpty else { continue }
        let group = groups[generator.below(groups.count)]
        Self.compare(group, &network, &bias, weight: Self.comparisonWeight / Float(Self.batch), &generator)
      }
      network.update(rate: Self.rate)
    }
    return network
  }

  private func said(_ ends: Ends, _ group: [Segment], _ generator: inout RandomGenerator) -> [Segment] {
    group.map { segment in
      var segment = segment
      switch ends {
      case .none, .outcome: break
      case .judge:
        segment.hasWon = 3 * segment.places.count { CaptionWords.captions[$0].isProgress } >= segment.places.count
      case .coin: segment.hasWon = generator.uniform() < 0.5
      }
      return segment
    }
  }

  /// Adds the gradients of one comparison of a group.
  private static func compare(
    _ group: [Segment], _ network: inout SmallNetwork, _ bias: inout Float, weight: Float,
    _ generator: inout RandomGenerator
  ) {
    let (won, lost) = (group.filter(\.hasWon), group.filter { !$0.hasWon })
    if !won.isEmpty, !lost.isEmpty, generator.uniform() < pairShare {
      let (better, worse) = (won[generator.below(won.count)], lost[generator.below(lost.count)])
      let slope = Logistic.sigmoid(mean(worse, network) - mean(better, network)) * weight
      spread(-slope, over: better, &network)
      spread(slope, over: worse, &network)
    } else {
      let segment = group[generator.below(group.count)]
      let slope = (Logistic.sigmoid(mean(segment, network) + bias) - (segment.hasWon ? 1 : 0)) * weight
      spread(slope, over: segment, &network)
      bias -= 0.1 * slope
    }
  }

  private static func mean(_ segment: Segment, _ network: SmallNetwork) -> Float {
    Logistic.mean(segment.places.map { network.values(CaptionWords.rows[$0])[0] })
  }

  private static func spread(_ slope: Float, over segment: Segment, _ network: inout SmallNetwork) {
    for place in segment.places {
      network.accumulate(CaptionWords.rows[place], slopes: [slope / Float(segment.places.count)])
    }
  }
}

extension Study {
  static let recycledOutcomes = Study(
    "recycle", "ends of episodes as free data of a reward model with ten labels (row 50)", seeds: 20,
    requirements: [
      StudyRequirement(
        "50", "area under the curve of unlabelled captions: above labels alone", "area, outcome", minus: "area, none",
        .atLeast(0.02)),
      StudyRequirement(
        StudyRequirement.control, "segments that a perfect judge has marked raise it", "area, judge",
        minus: "area, none", .atLeast(0.05)),
      StudyRequirement(
        StudyRequirement.control, "segments that coins have marked do not", "area, coin", minus: "area, none",
        .atMost(0.02)),
    ]
  ) { seed in
    var study = RecycledOutcomes(seed: seed)
    return study.measure()
  }
}
