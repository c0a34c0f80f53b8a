import Captions
import IntrinsicReward
import Runtime

/// Acceptance tests of ensembles of heads (Reward-Robust RLHF, Yan et al. 2024). A policy takes what is paid most: it is
/// offered captions, and the highest paid one is helpful or not.
enum EnsembleStudies {
  private static let heads = 5
  private static let rounds = 4000

  /// Percentage of the rounds in which the highest paid of the offered captions is helpful. Captions are held out.
  private static func success(_ pays: [Float], _ truth: [Bool], offered: Int, seed: UInt64) -> Double {
    var generator = RandomGenerator(seed: seed)
    let (first, count) = (MethodsBenchmark.answered, MethodsBenchmark.captionCount)
    let won = (0..<rounds).count { _ in
      let places = (0..<offered).map { _ in first + generator.below(count - first) }
      return places.max { pays[$0] < pays[$1] }.map { truth[$0] } ?? false
    }
    return 100 * Double(won) / Double(rounds)
  }

  /// Whether one of the five heads pays 5 too much for the caption, as if it had learned to exploit it.
  private static func isHacked(_ caption: NewCaption) -> Bool {
    String(decoding: caption.bytes, as: UTF8.self).contains("fountain")
  }

  static func hackedAfterwards(_ seeds: [UInt64]) throws -> MethodTrial {
    let gains = seeds.map { seed in
      var captions = SyntheticCaptions(count: MethodsBenchmark.captionCount, seed: seed)
      let model = MethodsBenchmark.learned(&captions, seed: seed) { $0.heads = heads }.model
      let truth = captions.isHelpful
      let values = zip(captions.captions, truth).map { caption, isHelpful in
        var values = model.headValues(caption.id)
        if isHacked(caption), !isHelpful { values[0] += 5 }
        return values
      }
      func success(_ meanWeight: Float) -> Double {
        let pays = values.map { LearnedRewardTrial.pay($0, meanWeight: meanWeight) }
        return Self.success(pays, truth, offered: 16, seed: seed)
      }
      return success(0.5) - success(1)
    }
    return MethodTrial(
      method: "ensemble (reward.ensemble = 5, mean weight 0.5), hacked",
      claim: "points by which the highest paid of 16 held-out captions is helpful more often than with the mean alone, "
        + "while one head pays 5 too much",
      atLeast: .leastNonzeroMagnitude, values: gains)
  }

  // MARK: Heads that are over-optimised by training

  /// Labels of the training captions; few, so that the heads memorise them with their errors.
  private static let labels = 150
  private static let flipRate: Float = 0.3
  private static let arrivals = 12
  /// Captions offered: the more there are, the worse a wrong head does.
  private static let offered = 64

  /// The probabilities of five heads that have learned a few labels by heart, 30 % of them wrong, and the truth.
  private static func memorised(_ seed: UInt64) -> (values: [[Float]], truth: [Bool]) {
    let captions = SyntheticCaptions(count: MethodsBenchmark.captionCount, seed: seed)
    var options = LearnedRewardOptions(.classification)
    options.learningRate = 1e-3
    options.batchSize = 32
    options.stepsPerUpdate = 0
    options.heads = heads
    options.seed = seed
    let model = LearnedRewardTrial(options, captions: captions.captions)
    var generator = RandomGenerator(seed: seed)
    let labels = (0..<labels).map { place in
      let isWrong = generator.uniform() < flipRate
      return CaptionLabel(caption: UInt32(place + 1), value: captions.isHelpful[place] != isWrong ? 1 : 0)
    }
    // An arrival that changes nothing is no arrival, so one label in turn moves by a little.
    for arrival in 0..<arrivals {
      var labels = labels
      labels[arrival].value = abs(labels[arrival].value - 0.01)
      model.learn(labels: labels)
    }
    return (captions.captions.map { model.headValues($0.id) }, captions.isHelpful)
  }

  private static func trial(
    _ method: String, _ claim: String, _ seeds: [UInt64], _ pay: ([Float]) -> Float, above other: ([Float]) -> Float
  ) -> MethodTrial {
    let gains = seeds.map { seed in
      let (values, truth) = memorised(seed)
      return success(values.map(pay), truth, offered: offered, seed: seed)
        - success(values.map(other), truth, offered: offered, seed: seed)
    }
    return MethodTrial(
      method: method,
      claim:
        "points by which the highest paid of \(offered) held-out captions is helpful more often than \(claim), with "
        + "heads that have memorised \(labels) labels, 30 % of them wrong",
      atLeast: .leastNonzeroMagnitude, values: gains)
  }

  static func overOptimised(_ seeds: [UInt64]) throws -> MethodTrial {
    trial(
      "ensemble, mean weight 0.5, memorised", "with the mean alone", seeds,
      { LearnedRewardTrial.pay($0, meanWeight: 0.5) }, above: { LearnedRewardTrial.pay($0, meanWeight: 1) })
  }

  static func surest(_ seeds: [UInt64]) throws -> MethodTrial {
    trial(
      "ensemble, the surest head as nominal reward", "with the mean as nominal reward", seeds,
      { 0.5 * surestHead($0) + 0.5 * ($0.min() ?? 0) }, above: { LearnedRewardTrial.pay($0, meanWeight: 0.5) })
  }

  /// The probability of the head with the smallest standard deviation sqrt(p (1 - p)): the one that is furthest from one half.
  static func surestHead(_ probabilities: [Float]) -> Float {
    probabilities.max { abs($0 - 0.5) < abs($1 - 0.5) } ?? .nan
  }
}
