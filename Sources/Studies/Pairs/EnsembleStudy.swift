import Captions
import IntrinsicReward
import Runtime

/// Row 63, reward-robust learning (arXiv 2409.15360): does a mixture with the minimum of five heads keep a policy from what one
/// head has learned wrongly?
///
/// The heads learn labels by heart, 30% of them wrong; each head's bootstrap leaves out a third of them. A policy takes what is paid
/// most, so that a round offers some captions of those that have labels, and the highest paid one is helpful or not.
struct EnsembleStudy {
  private static let captions = 300
  private static let heads = 5
  private static let flipRate: Float = 0.3
  private static let arrivals = 12
  private static let offered = 16
  private static let rounds = 4000

  private let captions: SyntheticCaptions
  private let seed: UInt64

  init(seed: UInt64) {
    self.seed = seed
    captions = SyntheticCaptions(count: Self.captions, seed: seed)
  }

  func measure() -> [String: Double] {
    let values = values()
    // One head that pays captions with a fountain too much, as if a policy had found its weakness.
    let hacked = zip(values, captions.captions).map { values, caption in
      var values = values
      if String(decoding: caption.bytes, as: UTF8.self).contains("fountain") { values[0] += 5 }
      return values
    }
    let equal = values.map { [Float](repeating: HeadMixture.mix($0, meanWeight: 1), count: Self.heads) }
    return [
      "mean": success(values) { HeadMixture.mix($0, meanWeight: 1) },
      "half minimum": success(values) { HeadMixture.mix($0, meanWeight: 0.5) },
      "minimum": success(values) { HeadMixture.mix($0, meanWeight: 0) },
      "surest and minimum": success(values) { 0.5 * Self.surest($0) + 0.5 * HeadMixture.mix($0, meanWeight: 0) },
      "one head": success(values) { $0[0] },
      "hacked, mean": success(hacked) { HeadMixture.mix($0, meanWeight: 1) },
      "hacked, half minimum": success(hacked) { HeadMixture.mix($0, meanWeight: 0.5) },
      "equal, mean": success(equal) { HeadMixture.mix($0, meanWeight: 1) },
      "equal, half minimum": success(equal) { HeadMixture.mix($0, meanWeight: 0.5) },
    ]
  }

  /// The probability of the head with the smallest standard deviation sqrt(p (1 - p)): the one that is furthest from one half.
  static func surest(_ probabilities: [Float]) -> Float {
    probabilities.max { abs($0 - 0.5) < abs($1 - 0.5) } ?? .nan
  }

  /// [captions][heads] probabilities of being helpful.
  private func values() -> [[Float]] {
    var options = LearnedRewardOptions(.classification)
    options.learningRate = 1e-3
    options.batchSize = 32
    options.stepsPerUpdate = 0
    options.heads = Self.heads
    options.seed = seed
    let model = CaptionLearner(options)
    model.take(RewardUpdate(captions: captions.captions), policyUpdates: 0)
    var generator = RandomGenerator(seed: seed)
    let labels = (0..<Self.captions).map { place in
      let isWrong = generator.uniform() < Self.flipRate
      return CaptionLabel(caption: UInt32(place + 1), value: captions.isHelpful[place] != isWrong ? 1 : 0)
    }
    for arrival in 0..<Self.arrivals {
      var labels = labels
      // An arrival that changes nothing is no arrival, so one label in turn moves by a little.
      labels[arrival].value = abs(labels[arrival].value - 0.01)
      model.take(RewardUpdate(labels: labels), policyUpdates: 0)
      while model.advance() {}
    }
    return captions.captions.map { model.headValues($0.id) }
  }

  /// Share of the rounds in which the highest paid of the offered captions is helpful.
  private func success(_ values: [[Float]], _ pay: ([Float]) -> Float) -> Double {
    let pays = values.map(pay)
    var generator = RandomGenerator(seed: seed)
    let won = (0..<Self.rounds).count { _ in
      let places = (0..<Self.offered).map { _ in generator.below(Self.captions) }
      return places.max { pays[$0] < pays[$1] }.map { captions.isHelpful[$0] } ?? false
    }
    return Double(won) / Double(Self.rounds)
  }
}

extension Study {
  static let ensemble = Study(
    "ensemble", "what five heads keep from being exploited after they have learned errors by heart (row 63)",
    requirements: [
      StudyRequirement(
        "63", "the highest paid of 16 captions is helpful: half the minimum above the mean", "half minimum",
        minus: "mean", .atLeast(0.005)),
      StudyRequirement(
        "63", "the surest head as nominal reward above the mean as nominal reward", "surest and minimum",
        minus: "half minimum", .atLeast(0.005)),
      StudyRequirement(StudyRequirement.control, "the mean leaves room", "mean", .atMost(0.98)),
      StudyRequirement(
        StudyRequirement.control, "one head that pays too much: half the minimum above the mean",
        "hacked, half minimum", minus: "hacked, mean", .atLeast(0.02)),
      StudyRequirement(
        StudyRequirement.control, "five equal heads: no difference", "equal, half minimum", minus: "equal, mean",
        .atMost(0.001)),
    ]
  ) { EnsembleStudy(seed: $0).measure() }
}
