import Glibc
import Runtime
import Tensor

/// UPO's filter (Wang et al. 2024): several passes with units left out (Gal, Ghahramani 2016) tell how uncertain the model
/// is of a pair, and a pair is learned from with probability and weight
///
///     q = 1 - I / ln 2,     I = H(mean_i p_i) - mean_i H(p_i),     p_i = sigmoid(R_i(a) - R_i(b))
///
/// I, the information that the weights hold about the answer (Houlsby et al. 2011), is 0 where all passes agree, so
/// without dropout nothing is filtered.
struct UncertaintyWeight: PairWeight {
  let rest = PairWeightRest.nothing
  let passes = 10

  func weights(of pairs: [RewardPair], _ outputs: PairOutputs, generator: inout RandomGenerator) -> [Float] {
    pairs.map { pair in
      let probabilities = outputs.passes.map {
        Double(CaptionLoss.sigmoid($0[pair.first] - $0[pair.second]))
      }
      let kept = Float(1 - Self.information(probabilities) / M_LN2)
      // A pair that is certain to be kept draws nothing.
      return kept >= 1 || generator.uniform() < kept ? kept : 0
    }
  }

  /// I of the passes' probabilities, in nats, 0 ... ln 2.
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
