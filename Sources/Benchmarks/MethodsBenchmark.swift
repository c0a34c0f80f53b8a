import IntrinsicReward
import Runtime
import Tensor

/// Acceptance tests of methods that are statistical: whether each does what it is for, on synthetic captions with 30 % of
/// wrong answers. What each setting is was fixed before the first run.
public enum MethodsBenchmark {
  private static let captionCount = 600
  /// Captions that answers are about; the others are held out.
  private static let answered = 400
  private static let flipRate: Float = 0.3
  private static let arrivals = 8
  private static let pairsPerArrival = 250

  /// - Parameters:
  ///   - seeds: how many.
  ///   - show: called with each trial as soon as there is one.
  public static func run(seeds: Int, show: (MethodTrial) -> Void) throws -> [MethodTrial] {
    var trials: [MethodTrial] = []
    for make in [consistency, filter, filterOfOwnAnswers, ensemble] {
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
    // All captions are paid what they are found to be, so that pays can be compared.
    options.threshold = -1000
    options.seed = seed
    return options
  }

  /// A model that was told the answers in eight portions.
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

  private static func consistency(_ seeds: [UInt64]) throws -> MethodTrial {
    let gains = seeds.map { seed in
      func accuracy(_ weighs: Bool) -> Double {
        var captions = SyntheticCaptions(count: captionCount, seed: seed)
        let model = learned(&captions, seed: seed) { $0.weighsConsistency = weighs }.model
        return captions.accuracy(model.rewards, in: answered..<captionCount)
      }
      return 100 * (accuracy(true) - accuracy(false))
    }
    return MethodTrial(
      method: "CREAM (reward.cream)",
      claim: "points of accuracy on held-out captions above plain ranking, 30 % of the pairs flipped; at least 3",
      atLeast: 3, values: gains)
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
      claim: "points by which the pairs it keeps are answered rightly more often than those it drops, 30 % flipped; at "
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
        "points by which the model itself is right more often on pairs it keeps than on those it drops; at least 10",
      atLeast: 10, values: gains)
  }

  /// Points between the shares of `isRight` among those kept and those dropped; 0 where nothing was dropped.
  private static func difference(_ isRight: [Bool], _ kept: [Bool]) -> Double {
    func share(_ wanted: Bool) -> Double? {
      let chosen = zip(isRight, kept).filter { $0.1 == wanted }
      return chosen.isEmpty ? nil : Double(chosen.count { $0.0 }) / Double(chosen.count)
    }
    guard let keptShare = share(true), let droppedShare = share(false) else { return 0 }
    return 100 * (keptShare - droppedShare)
  }

  /// Captions that one of five heads was led to pay 5 more for, and which are worth nothing.
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
      claim: "points by which the best of 16 held-out captions by its pay is truly helpful more often than by the mean "
        + "alone, one head hacked by +5; above 0",
      atLeast: .leastNonzeroMagnitude, values: gains)
  }
}
