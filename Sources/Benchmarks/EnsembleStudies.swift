import Captions
import IntrinsicReward
import Runtime
import Studies

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
}
