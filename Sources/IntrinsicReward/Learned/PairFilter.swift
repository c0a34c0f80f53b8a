import Captions
import Glibc
import Runtime
import Tensor

/// UPO's filter of wrong preferences (Wang et al. 2024, arXiv 2409.11212): an estimator votes on a pair that it has not
/// learned from, once in each of several passes with dropout (Gal, Ghahramani 2016), and the pair counts
///
///     w = 0               if more than half of the passes prefer what the label does not
///     w = 1 - I / ln 2    otherwise, with I = H(mean_i p_i) - mean_i H(p_i), p_i = sigmoid(R_i(a) - R_i(b))
///
/// I is the mutual information of the estimator's weights and its answer (Houlsby et al. 2011), 0 if all passes agree.
/// The paper's estimator learns from clean preferences. Here there are none, so two estimators are cross-fitted: each
/// learns from one half of the data (`PairSplit`) and judges the other half. A tie is not judged.
///
/// Checkpoints do not contain the estimators; they learn again from the stored labels, and until their votes agree with
/// labels more often than chance no pair is dropped.
final class PairFilter {
  /// Votes on each pair.
  static let passes = 10
  /// Share of labels that the votes must agree with before pairs are weighed. Chance is one half.
  static let minimumAgreement = 0.55
  /// Weight of the latest batch in the running share.
  private static let agreementRate = 0.1

  /// The estimator of each half of the data; it judges the other half.
  private let estimators: [CaptionTrainer]
  private let votes: Int
  /// Running share of the judged pairs whose vote agrees with the label.
  private(set) var agreement = 0.5

  init(_ options: LearnedRewardOptions, isComplete: Bool) {
    estimators = PairSplit.halves.map { CaptionTrainer(options.estimator(of: $0), isComplete: isComplete) }
    votes = options.filterDropout > 0 ? Self.passes : 1
  }

  /// Trains both estimators by one batch of their half.
  func train(_ captions: LabelledCaptions) {
    for estimator in estimators { _ = estimator.step(captions) }
  }

  /// The weight of each pair of a group, 0 ... 1.
  func weights(of examples: RewardExamples, _ captions: LabelledCaptions) -> [Float] {
    let margins = estimators.map { $0.passes(votes, of: examples.captions, captions) }
    var (judged, agreed) = (0, 0)
    let weights = examples.pairs.map { pair -> Float in
      guard pair.target != 0.5,
        let half = PairSplit.half(examples.captions[pair.first], examples.captions[pair.second], captions)
      else { return 1 }
      let chances = margins[1 - half].map { Double(CaptionLoss.sigmoid($0[pair.first] - $0[pair.second])) }
      judged += 1
      if !Self.contradicts(chances, target: pair.target) { agreed += 1 }
      return Self.weight(chances, target: pair.target)
    }
    if judged > 0 { agreement += Self.agreementRate * (Double(agreed) / Double(judged) - agreement) }
    return agreement >= Self.minimumAgreement ? weights : weights.map { _ in 1 }
  }

  /// w for the passes' probabilities that the first is the better one.
  static func weight(_ probabilities: [Double], target: Float) -> Float {
    contradicts(probabilities, target: target) ? 0 : Float(1 - information(probabilities) / M_LN2)
  }

  /// Whether more than half of the passes prefer what the label does not.
  private static func contradicts(_ probabilities: [Double], target: Float) -> Bool {
    2 * probabilities.count { ($0 > 0.5) != (target > 0.5) } > probabilities.count
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

/// Which pairs a ranking learns from. What has an answer is split into halves: the pair, if annotators compared two
/// captions, and else the caption, because a wrong label makes every pair of its caption wrong. Then both captions of a
/// pair must belong to the same half. Halves are hashes of texts, the same in every session.
enum PairSplit: Sendable, Hashable {
  /// All pairs.
  case all
  /// The pairs that belong to one half or the other.
  case either
  /// The pairs of one half.
  case half(Int)

  static let halves = 0..<2

  /// The half of a pair of captions; nil if they belong to different halves.
  static func half(_ first: UInt32, _ second: UInt32, _ captions: LabelledCaptions) -> Int? {
    let (a, b) = (captions.digest(first), captions.digest(second))
    if !captions.preferences.isEmpty { return half(of: HeadBootstrap.digest(a, b)) }
    return half(of: a) == half(of: b) ? half(of: a) : nil
  }

  private static func half(of digest: UInt64) -> Int {
    var stream = SplitMix64(seed: digest)
    return Int(clamping: stream.next() & 1)
  }

  func contains(_ pair: CaptionPreference, _ captions: LabelledCaptions) -> Bool {
    switch self {
    case .all: true
    case .either: Self.half(pair.first, pair.second, captions) != nil
    case .half(let half): Self.half(pair.first, pair.second, captions) == half
    }
  }
}

extension LearnedRewardOptions {
  /// The options of the estimator that learns from one half of the data.
  func estimator(of half: Int) -> LearnedRewardOptions {
    var options = self
    options.filtersUncertain = false
    options.heads = 1
    options.dropout = filterDropout
    options.split = .half(half)
    var seeds = SplitMix64(seed: seed &+ UInt64(half) &+ 1)
    options.seed = seeds.next()
    return options
  }
}

extension RewardExamples {
  /// Weighs the pairs: the loss of pair i counts w_i times.
  mutating func weigh(_ weights: [Float]) {
    if self.weights.isEmpty { self.weights = Array(repeating: 1, count: pairs.count) }
    for (index, w) in weights.enumerated() { self.weights[index] *= w }
  }
}
