import Captions
import Foundation
import IntrinsicReward
import Runtime
import Tensor

/// Statistical acceptance tests of reward-learning methods, on synthetic captions with 30 % wrong answers. All settings
/// were fixed before the first run.
public enum MethodsBenchmark {
  private static let captionCount = 600
  /// Number of captions that receive answers; the others are held out.
  private static let answered = 400
  private static let flipRate: Float = 0.3
  private static let arrivals = 8
  private static let pairsPerArrival = 250

  /// - Parameters:
  ///   - seeds: number of seeds of each test.
  ///   - show: receives each trial as soon as it is complete.
  public static func run(seeds: Int, show: (MethodTrial) -> Void) throws -> [MethodTrial] {
    var trials: [MethodTrial] = []
    for make in [filter, filterOfOwnAnswers, ensemble] {
      let trial = try make((1...UInt64(max(seeds, 1))).map { $0 })
      show(trial)
      trials.append(trial)
    }
    return trials
  }

  private static func options(seed: UInt64) -> LearnedRewardOptions {
    var options = LearnedRewardOptions(.ranking)
    options.learningRate = 1e-3
    options.batchSize = 32
    options.stepsPerUpdate = 0
    // No threshold, so that the rewards of all captions can be compared.
    options.threshold = -1000
    options.seed = seed
    return options
  }

  /// A model that has learned from eight arrivals of answers, and all the answers.
  private static func learned(
    _ captions: inout SyntheticCaptions, seed: UInt64, _ change: (inout LearnedRewardOptions) -> Void = { _ in }
  ) -> (model: LearnedRewardTrial, preferences: [CaptionPreference]) {
    var options = options(seed: seed)
    change(&options)
    let model = LearnedRewardTrial(options, captions: captions.captions)
    var all: [CaptionPreference] = []
    for _ in 0..<arrivals {
      let preferences = captions.preferences(pairsPerArrival, among: answered, flipRate: flipRate)
      model.learn(preferences)
      all += preferences
    }
    return (model, all)
  }

  private static func filter(_ seeds: [UInt64]) throws -> MethodTrial {
    let gains = seeds.map { seed in
      var captions = SyntheticCaptions(count: captionCount, seed: seed)
      let (model, preferences) = learned(&captions, seed: seed) { $0.filtersUncertain = true }
      let kept = model.weights(of: preferences).map { $0 > 0 }
      return difference(preferences.map(captions.isRight), kept)
    }
    return MethodTrial(
      method: "UPO (reward.upo)",
      claim:
        "points by which the pairs it keeps have more correct answers than the pairs it drops, with 30 % flipped; at "
        + "least 10",
      atLeast: 10, values: gains)
  }

  private static func filterOfOwnAnswers(_ seeds: [UInt64]) throws -> MethodTrial {
    let gains = seeds.map { seed in
      var captions = SyntheticCaptions(count: captionCount, seed: seed)
      let (model, preferences) = learned(&captions, seed: seed) { $0.filtersUncertain = true }
      let rewards = model.rewards
      let kept = model.weights(of: preferences).map { $0 > 0 }
      let own = preferences.map { pair in
        let (first, second) = (Int(pair.first) - 1, Int(pair.second) - 1)
        return (rewards[first] > rewards[second]) == captions.isHelpful[first]
      }
      return difference(own, kept)
    }
    return MethodTrial(
      method: "UPO, the model's own answers",
      claim:
        "points by which the model itself is right more often on the pairs it keeps than on those it drops; at least 10",
      atLeast: 10, values: gains)
  }

  /// Difference in percentage points between the shares of `isRight` among kept and dropped pairs; 0 if none was dropped.
  private static func difference(_ isRight: [Bool], _ kept: [Bool]) -> Double {
    func share(_ wanted: Bool) -> Double? {
      let chosen = zip(isRight, kept).filter { $0.1 == wanted }
      return chosen.isEmpty ? nil : Double(chosen.count { $0.0 }) / Double(chosen.count)
    }
    guard let keptShare = share(true), let droppedShare = share(false) else { return 0 }
    return 100 * (keptShare - droppedShare)
  }

  /// Whether one of the five heads pays 5 too much for the caption, as if it had learned to exploit it.
  private static func isHacked(_ caption: NewCaption) -> Bool {
    String(decoding: caption.bytes, as: UTF8.self).contains("fountain")
  }

  private static func ensemble(_ seeds: [UInt64]) throws -> MethodTrial {
    let gains = seeds.map { seed in
      var captions = SyntheticCaptions(count: captionCount, seed: seed)
      let model = learned(&captions, seed: seed) { $0.heads = 5 }.model
      let truth = captions.isHelpful
      let values = zip(captions.captions, truth).map { caption, isHelpful in
        var values = model.headValues(caption.id)
        if isHacked(caption), !isHelpful { values[0] += 5 }
        return values
      }
      func success(_ meanWeight: Float) -> Double {
        let pays = values.map { LearnedRewardTrial.pay($0, meanWeight: meanWeight) }
        var generator = RandomGenerator(seed: seed)
        let rounds = 4000
        let won = (0..<rounds).count { _ in
          let offered = (0..<16).map { _ in answered + generator.below(captionCount - answered) }
          return offered.max { pays[$0] < pays[$1] }.map { truth[$0] } ?? false
        }
        return 100 * Double(won) / Double(rounds)
      }
      return success(0.5) - success(1)
    }
    return MethodTrial(
      method: "ensemble (reward.ensemble = 5, mean weight 0.5)",
      claim: "points by which the highest paid of 16 held-out captions is helpful more often than with the mean alone, "
        + "while one head pays 5 too much; above 0",
      atLeast: .leastNonzeroMagnitude, values: gains)
  }
}

/// One acceptance test of a method: a number for each seed, and the bar that the mean must reach.
public struct MethodTrial: Sendable {
  /// Name of the method.
  public let method: String
  /// The quantity and the condition, in words.
  public let claim: String
  /// Smallest mean that passes.
  public let atLeast: Double
  /// The measured number for each seed.
  public let values: [Double]

  public var mean: Double { values.reduce(0, +) / Double(values.count) }

  /// Standard error of the mean; nil if there are fewer than two seeds.
  public var standardError: Double? {
    guard values.count > 1 else { return nil }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(values.count - 1) / Double(values.count)).squareRoot()
  }

  public var hasPassed: Bool { mean >= atLeast }

  /// The trials as a Markdown table.
  public static func table(_ trials: [MethodTrial]) -> String {
    var lines = ["| method | what is measured, and the condition | mean ± s.e. | seeds | |", "|---|---|---|---|---|"]
    for trial in trials {
      let error = trial.standardError.map { String(format: "%.3f", $0) } ?? "?"
      lines.append(
        "| \(trial.method) | \(trial.claim) | \(String(format: "%.3f", trial.mean)) ± \(error) | \(trial.values.count) | "
          + "\(trial.hasPassed ? "passed" : "failed") |")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// A learned reward model whose scores, pair weights and heads the acceptance tests read.
final class LearnedRewardTrial {
  private let learner: CaptionLearner

  /// - Parameter captions: captions with the ids 1, 2, ... in order.
  init(_ options: LearnedRewardOptions, captions: [NewCaption]) {
    learner = CaptionLearner(options)
    learner.take(RewardUpdate(captions: captions), policyUpdates: 0)
  }

  /// Learns from an arrival of answers and scores all captions again.
  func learn(_ preferences: [CaptionPreference]) {
    var update = RewardUpdate()
    update.preferences = preferences
    learner.take(update, policyUpdates: 0)
    while learner.advance() {}
  }

  /// Learns from an arrival of labels and scores all captions again.
  func learn(labels: [CaptionLabel]) {
    learner.take(RewardUpdate(labels: labels), policyUpdates: 0)
    while learner.advance() {}
  }

  /// Reward of every caption in the order of the ids; NaN before the first arrival.
  var rewards: [Float] { Array(learner.scores.values.dropFirst()) }

  /// The weight that the current model gives each pair; 0 if it omits the pair.
  func weights(of preferences: [CaptionPreference]) -> [Float] { learner.weights(of: preferences) }

  /// Value of a caption by each head.
  func headValues(_ caption: UInt32) -> [Float] { learner.headValues(caption) }

  /// The reward that heads with these values pay together.
  static func pay(_ values: [Float], meanWeight: Float) -> Float {
    HeadMixture.mix(values, meanWeight: meanWeight)
  }
}
