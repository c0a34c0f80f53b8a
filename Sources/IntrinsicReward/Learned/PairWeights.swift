import Glibc
import Runtime
import Tensor

/// A method of weighing the pairs that a ranking learns from, by the model's outputs for them. The weights of all
/// active methods are multiplied. `LearnedRewardOptions.makePairWeights` lists the methods.
protocol PairWeight: Sendable {
  /// Number of passes with dropout that the method needs for each pair.
  var passes: Int { get }

  /// The weight of each pair, 0 ... 1.
  mutating func weights(of pairs: [RewardPair], _ outputs: PairOutputs, generator: inout RandomGenerator) -> [Float]
}

/// The model's outputs for the texts of a group.
struct PairOutputs {
  /// [heads][texts] margins in the training pass.
  var heads: [[Float]] = []
  /// [passes][texts] margins in further passes with dropout, means over the heads.
  var passes: [[Float]] = []
}

extension RewardExamples {
  /// Weighs the pairs: the loss of pair i counts w_i times.
  mutating func weigh(_ weights: [Float]) {
    if self.weights.isEmpty { self.weights = Array(repeating: 1, count: pairs.count) }
    for (index, w) in weights.enumerated() { self.weights[index] *= w }
  }
}

/// UPO's filter (Wang et al. 2024): several passes with dropout (Gal, Ghahramani 2016) measure the model's
/// uncertainty of a pair, and the pair is used with probability and weight
///
///     q = 1 - I / ln 2,     I = H(mean_i p_i) - mean_i H(p_i),     p_i = sigmoid(R_i(a) - R_i(b))
///
/// I is the mutual information of weights and answer (Houlsby et al. 2011). It is 0 if all passes agree, so nothing is
/// filtered without dropout.
struct UncertaintyWeight: PairWeight {
  let passes = 10

  func weights(of pairs: [RewardPair], _ outputs: PairOutputs, generator: inout RandomGenerator) -> [Float] {
    pairs.map { pair in
      let probabilities = outputs.passes.map {
        Double(CaptionLoss.sigmoid($0[pair.first] - $0[pair.second]))
      }
      let kept = Float(1 - Self.information(probabilities) / M_LN2)
      // A pair that is certain to be kept draws no random number.
      return kept >= 1 || generator.uniform() < kept ? kept : 0
    }
  }

  /// I for the probabilities of the passes, in nats, 0 ... ln 2.
  static func information(_ probabilities: [Double]) -> Double {
    guard let first = probabilities.first, !probabilities.allSatisfy({ $0 == first }) else { return 0 }
    let mean = probabilities.reduce(0, +) / Double(probabilities.count)
    let meanEntropy = probabilities.reduce(0) { $0 + entropy($1) } / Double(probabilities.count)
    return min(max(entropy(mean) - meanEntropy, 0), M_LN2)
  }

  private static func entropy(_ p: Double) -> Double {
    func term(_ p: Double) -> Double { p > 0 ? -p * log(p) : 0 }
    return term(p) + term(1 - p)
  }
}
