import Captions
import IntrinsicReward
import Runtime

/// Row 54, BaseReward (arXiv 2509.16127): which recipe of a reward model is best? The same labels, a fifth of them wrong, teach
/// models that differ in paradigm, heads, encoder and depth; held-out captions say which is best.
struct RecipeStudy {
  private static let captions = 600
  private static let known = 300
  private static let flipRate: Float = 0.2
  private static let arrivals = 8
  private static let wordUpdates = 2000

  enum Recipe: String, CaseIterable {
    /// The default of `reward.model = "classification"`.
    case classification
    case ranking
    case classificationOfFive = "classification, five heads"
    case rankingOfFive = "ranking, five heads"
    case meanOfFive = "classification, mean of five heads"
    /// Counts of words instead of the text, with a hidden layer and without.
    case words = "words, one hidden layer"
    case linear = "words, linear"
  }

  static let standard = Recipe.classification

  private let captions: SyntheticCaptions
  private let seed: UInt64

  init(seed: UInt64) {
    self.seed = seed
    captions = SyntheticCaptions(count: Self.captions, seed: seed)
  }

  func measure() -> [String: Double] {
    var results: [String: Double] = [:]
    let labels = labels(flipRate: Self.flipRate)
    for recipe in Recipe.allCases { results[recipe.rawValue] = accuracy(recipe, labels, seed: seed) }
    results["another order"] = accuracy(Self.standard, labels, seed: seed &+ 1000)
    results["half of the labels wrong"] = accuracy(Self.standard, self.labels(flipRate: 0.5), seed: seed)
    return results
  }

  private func labels(flipRate: Float) -> [CaptionLabel] {
    var generator = RandomGenerator(seed: seed)
    return (0..<Self.known).map { place in
      let isWrong = generator.uniform() < flipRate
      return CaptionLabel(caption: UInt32(place + 1), value: captions.isHelpful[place] != isWrong ? 1 : 0)
    }
  }

  /// Share of held-out pairs in the right order.
  private func accuracy(_ recipe: Recipe, _ labels: [CaptionLabel], seed: UInt64) -> Double {
    captions.accuracy(scores(recipe, labels, seed: seed), in: Self.known..<Self.captions)
  }

  private func scores(_ recipe: Recipe, _ labels: [CaptionLabel], seed: UInt64) -> [Float] {
    var options = LearnedRewardOptions(recipe == .ranking || recipe == .rankingOfFive ? .ranking : .classification)
    switch recipe {
    case .words: return wordScores(labels, hidden: 32, seed: seed)
    case .linear: return wordScores(labels, hidden: 0, seed: seed)
    case .classification, .ranking: break
    case .classificationOfFive, .rankingOfFive: options.heads = 5
    case .meanOfFive: (options.heads, options.meanWeight) = (5, 1)
    }
    options.learningRate = 1e-3
    options.batchSize = 32
    options.stepsPerUpdate = 0
    // All captions are compared.
    options.paysProbability = true
    if options.method == .ranking { options.threshold = -1000 }
    options.seed = seed
    let model = CaptionLearner(options)
    model.take(RewardUpdate(captions: captions.captions), policyUpdates: 0)
    for arrival in 0..<Self.arrivals {
      var labels = labels
      // An arrival that changes nothing is no arrival, so one label in turn moves by a little.
      labels[arrival].value = abs(labels[arrival].value - 0.01)
      model.take(RewardUpdate(labels: labels), policyUpdates: 0)
      while model.advance() {}
    }
    return Array(model.scores.values.dropFirst())
  }

  /// - Parameter hidden: units of the hidden layer; 0 for none.
  private func wordScores(_ labels: [CaptionLabel], hidden: Int, seed: UInt64) -> [Float] {
    let words = WordCounts(captions.captions.map { String(decoding: $0.bytes, as: UTF8.self) })
    var generator = RandomGenerator(seed: seed)
    var network = SmallNetwork(inputs: words.count, hidden: max(1, hidden), outputs: 1, &generator)
    var linear = LinearScores(features: words.count, actions: 1)
    for _ in 0..<Self.wordUpdates {
      for _ in 0..<8 {
        let label = labels[generator.below(labels.count)]
        let row = words.rows[Int(label.caption) - 1]
        let value = hidden > 0 ? network.values(row)[0] : linear.value(row, 0)
        let slope = (Logistic.sigmoid(value) - label.value) / 8
        if hidden > 0 { network.accumulate(row, slopes: [slope]) } else { linear.raise(row, 0, by: -0.3 * slope) }
      }
      if hidden > 0 { network.update(rate: 3e-3) }
    }
    return words.rows.map { hidden > 0 ? network.values($0)[0] : linear.value($0, 0) }
  }
}

extension Study {
  static let recipe = Study(
    "recipe", "paradigm, heads, encoder and depth of the reward model (row 54)", seeds: 5,
    requirements: [
      StudyRequirement(
        "54", "the default recipe: at most a point below the recipe that is best on the other seeds", .atLeast(-0.01)
      ) { (measures: [[String: Double]]) -> [Double] in
        measures.indices.map { index in
          let others = measures.indices.filter { $0 != index }.map { measures[$0] }
          let best = RecipeStudy.Recipe.allCases.max {
            RecipeStudy.mean($0, others.isEmpty ? measures : others)
              < RecipeStudy.mean($1, others.isEmpty ? measures : others)
          }
          let own = measures[index]
          return (own[RecipeStudy.standard.rawValue] ?? .nan) - (best.flatMap { own[$0.rawValue] } ?? .nan)
        }
      },
      StudyRequirement("54", "the same recipe in another order: within a point", .atMost(0.01)) {
        (measures: [String: Double]) -> Double in
        abs((measures[RecipeStudy.standard.rawValue] ?? .nan) - (measures["another order"] ?? .nan))
      },
      StudyRequirement(
        StudyRequirement.control, "labels of which half are wrong are seen", RecipeStudy.standard.rawValue,
        minus: "half of the labels wrong", .atLeast(0.1)),
      StudyRequirement(
        StudyRequirement.control, "the same recipe in another order is no better", "another order",
        minus: RecipeStudy.standard.rawValue, .atMost(0.02)),
    ]
  ) { RecipeStudy(seed: $0).measure() }
}

extension RecipeStudy {
  fileprivate static func mean(_ recipe: Recipe, _ measures: [[String: Double]]) -> Double {
    measures.reduce(0) { $0 + ($1[recipe.rawValue] ?? .nan) } / Double(max(1, measures.count))
  }
}
