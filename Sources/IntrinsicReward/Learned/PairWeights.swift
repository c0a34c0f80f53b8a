import Glibc
import Runtime
import Tensor

/// A method of weighing the pairs that a ranking learns from, by the model's outputs for them. The weights of all
/// active methods are multiplied. `LearnedRewardOptions.makePairWeights` lists the methods.
protocol PairWeight: Sendable {
  /// The use of the rest of a pair's weight, 1 - w.
  var rest: PairWeightRest { get }
  /// Number of passes with dropout that the method needs for each pair.
  var passes: Int { get }
  /// The number that a checkpoint saves; nil if there is none.
  var saved: Float? { get set }

  /// The weight of each pair, 0 ... 1.
  mutating func weights(of pairs: [RewardPair], _ outputs: PairOutputs, generator: inout RandomGenerator) -> [Float]

  /// Called when a new version has scored all captions.
  /// - Parameters:
  ///   - old: margins of the previous version by caption id; entry 0 is unused.
  ///   - new: margins of the new version, at least as many.
  mutating func versionChanged(from old: [Float], to new: [Float])
}

extension PairWeight {
  var passes: Int { 0 }
  var saved: Float? {
    get { nil }
    set {}
  }
  mutating func versionChanged(from old: [Float], to new: [Float]) {}
}

/// The use of the rest of a pair's weight.
enum PairWeightRest: Sendable {
  /// It is dropped: the pair counts less.
  case nothing
  /// It is the weight of the opposite preference.
  case opposite
}

/// The model's outputs for the texts of a group.
struct PairOutputs {
  /// [heads][texts] margins in the training pass.
  var heads: [[Float]] = []
  /// [passes][texts] margins in further passes with dropout, means over the heads.
  var passes: [[Float]] = []
}

extension RewardExamples {
  /// Weighs the pairs. If the rest is dropped, the loss of pair i counts w_i times; if it goes to the opposite, it
  /// becomes
  ///
  ///     w_i BT(a > b) + (1 - w_i) BT(b > a)
  ///
  /// which is Bradley and Terry's loss with the target w_i y_i + (1 - w_i)(1 - y_i).
  mutating func weigh(_ weights: [Float], rest: PairWeightRest) {
    switch rest {
    case .opposite:
      for (index, w) in weights.enumerated() {
        pairs[index].target = w * pairs[index].target + (1 - w) * (1 - pairs[index].target)
      }
    case .nothing:
      if self.weights.isEmpty { self.weights = Array(repeating: 1, count: pairs.count) }
      for (index, w) in weights.enumerated() { self.weights[index] *= w }
    }
  }
}

/// CREAM (Wang et al. 2024): the trust in preferences is the agreement C of the latest two versions of the model in
/// ranking captions; the rest counts as the opposite preference:
///
///     C = (tau(rank by RM_t, rank by RM_t-1) + 1) / 2
///     loss = C BT(a > b) + (1 - C) BT(b > a)
///
/// C is 1 until there are two versions, which gives the plain loss bit for bit.
struct ConsistencyWeight: PairWeight {
  /// Maximum number of ranked captions, evenly spaced over the ids.
  static let rankedCaptions = 512

  let rest = PairWeightRest.opposite
  /// C; nil until there are two versions.
  var saved: Float?

  func weights(of pairs: [RewardPair], _ outputs: PairOutputs, generator: inout RandomGenerator) -> [Float] {
    Array(repeating: saved ?? 1, count: pairs.count)
  }

  mutating func versionChanged(from old: [Float], to new: [Float]) {
    let count = old.count - 1
    guard count > 1 else { return }
    let step = max(1, count / Self.rankedCaptions)
    let ids = stride(from: 1, through: count, by: step)
    saved = Float((KendallTau.tau(ids.map { old[$0] }, ids.map { new[$0] }) + 1) / 2)
  }
}

/// Rank correlation of two lists of scores (Kendall 1938).
enum KendallTau {
  /// (Concordant pairs - discordant pairs) / all pairs: 1 = the same order, -1 = the reverse order. Ties count as
  /// neither (tau-a). 1 for fewer than two scores.
  static func tau(_ x: [Float], _ y: [Float]) -> Double {
    guard x.count > 1 else { return 1 }
    var sum = 0
    for i in 1..<x.count {
      for j in 0..<i { sum += sign(x[i], x[j]) * sign(y[i], y[j]) }
    }
    return Double(2 * sum) / Double(x.count * (x.count - 1))
  }

  private static func sign(_ a: Float, _ b: Float) -> Int { a > b ? 1 : a < b ? -1 : 0 }
}

/// UPO's filter (Wang et al. 2024): several passes with dropout (Gal, Ghahramani 2016) measure the model's
/// uncertainty of a pair, and the pair is used with probability and weight
///
///     q = 1 - I / ln 2,     I = H(mean_i p_i) - mean_i H(p_i),     p_i = sigmoid(R_i(a) - R_i(b))
///
/// I is the mutual information of weights and answer (Houlsby et al. 2011). It is 0 if all passes agree, so nothing is
/// filtered without dropout.
struct UncertaintyWeight: PairWeight {
  let rest = PairWeightRest.nothing
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
