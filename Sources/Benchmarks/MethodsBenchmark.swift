import Captions
import Foundation
import IntrinsicReward
import Runtime
import Studies
import Tensor

/// Statistical acceptance tests of reward-learning methods, on synthetic captions with 30 % wrong answers. All settings
/// were fixed before the first run.
public enum MethodsBenchmark {
  static let captionCount = 600
  /// Number of captions that receive answers; the others are held out.
  static let answered = 400
  private static let flipRate: Float = 0.3
  private static let arrivals = 8
  private static let pairsPerArrival = 250

  /// - Parameters:
  ///   - seeds: number of seeds of each test.
  ///   - show: receives each trial as soon as it is complete.
  public static func run(seeds: Int, show: (MethodTrial) -> Void) throws -> [MethodTrial] {
    var trials: [MethodTrial] = []
    for make in [filter, filteredRanking, EnsembleStudies.hackedAfterwards] {
      let trial = try make((1...UInt64(max(seeds, 1))).map { $0 })
      show(trial)
      trials.append(trial)
    }
    return trials
  }

  static func options(seed: UInt64) -> LearnedRewardOptions {
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
  static func learned(
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
      method: "UPO (reward.upo), pairs",
      claim: "points by which the pairs it keeps have more correct answers than the pairs it drops, with 30 % flipped",
      atLeast: 10, values: gains)
  }

  private static func filteredRanking(_ seeds: [UInt64]) throws -> MethodTrial {
    let gains = seeds.map { seed in
      func accuracy(_ filters: Bool) -> Double {
        var captions = SyntheticCaptions(count: captionCount, seed: seed)
        let model = learned(&captions, seed: seed) { $0.filtersUncertain = filters }.model
        return captions.accuracy(model.rewards, in: answered..<captionCount)
      }
      return 100 * (accuracy(true) - accuracy(false))
    }
    return MethodTrial(
      method: "UPO (reward.upo), ranking",
      claim: "points of accuracy on held-out captions above ranking with all pairs, with 30 % flipped",
      atLeast: 0, values: gains)
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
