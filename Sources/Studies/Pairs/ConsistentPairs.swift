import Captions
import Runtime

/// Row 12, SCIR (arXiv 2502.08922): a model has two judges of a pair, and learns from its own answers only where they agree.
///
/// The judges are two outputs of one network: p = sigmoid(R_a - R_b) by Bradley and Terry's loss, and q = sigmoid(s_a - s_b),
/// whose s learn which single captions were preferred. Each learns from answers of its own, because two that learn from the
/// same answers make the same mistakes. Their disagreement is punished by the Jensen-Shannon divergence of p and q. After some answers with errors, the model answers new pairs itself; a pair is kept if both judges prefer the same
/// caption with a probability above `certainty`.
struct ConsistentPairs {
  private static let captions = 600
  /// Captions of pairs; the others are held out.
  private static let known = 400
  private static let answers = 80
  private static let flipRate: Float = 0.3
  private static let newPairs = 1500
  private static let updates = 150
  private static let pairsOfUpdate = 16
  private static let certainty: Float = 0.6
  /// Weight of the divergence.
  private static let weight: Float = 1

  private var captions: SyntheticCaptions
  /// Answers that teach the first judge, and the second one.
  private let answered: (pairs: [CaptionPreference], points: [CaptionPreference])
  private let seed: UInt64
  private var generator: RandomGenerator

  init(seed: UInt64) {
    self.seed = seed
    captions = SyntheticCaptions(count: Self.captions, seed: seed)
    func answers(_ captions: inout SyntheticCaptions) -> [CaptionPreference] {
      captions.preferences(Self.answers, among: Self.known, flipRate: Self.flipRate)
    }
    answered = (answers(&captions), answers(&captions))
    generator = RandomGenerator(seed: seed)
  }

  mutating func measure() -> [String: Double] {
    let pairs = captions.preferences(Self.newPairs, among: Self.known, flipRate: 0)
    let plain = student(weight: 0)
    let consistent = student(weight: Self.weight)
    let judged = judged(pairs, consistent)
    let kept = judged.filter(\.isKept).map(\.answer)
    let all = judged.map(\.answer)
    // Judges that are planted: one that is mostly right whatever the other one says, and a coin.
    let helped = judged.filter { _ in generator.uniform() < 0.5 }
    let planted = judged.filter { captions.isRight($0.answer) == (generator.uniform() < 0.9) }
    let accuracy = share(all)
    let before = captions.accuracy(scores(consistent), in: Self.known..<Self.captions)
    learn(consistent, (kept, kept), weight: Self.weight)
    let other = student(weight: Self.weight)
    learn(other, (all, all), weight: Self.weight)
    return [
      "divergence, plain": divergence(pairs, plain),
      "divergence, consistent": judged.reduce(0) { $0 + $1.divergence } / Double(judged.count),
      "right, all": accuracy, "right, kept": share(kept), "share kept": Double(kept.count) / Double(all.count),
      "right, planted": share(planted.map(\.answer)), "right, coin": share(helped.map(\.answer)),
      "held-out, before": before,
      "held-out, kept": captions.accuracy(scores(consistent), in: Self.known..<Self.captions),
      "held-out, all": captions.accuracy(scores(other), in: Self.known..<Self.captions),
    ]
  }

  private func share(_ pairs: [CaptionPreference]) -> Double {
    pairs.isEmpty ? .nan : Double(pairs.count(where: captions.isRight)) / Double(pairs.count)
  }

  private func scores(_ student: PairStudent) -> [Float] { student.outputs().map { $0[0] } }

  // MARK: Learning

  private func student(weight: Float) -> PairStudent {
    let student = PairStudent(captions.captions, seed: seed)
    learn(student, answered, weight: weight)
    return student
  }

  private func learn(
    _ student: PairStudent, _ answers: (pairs: [CaptionPreference], points: [CaptionPreference]), weight: Float
  ) {
    guard !answers.pairs.isEmpty, !answers.points.isEmpty else { return }
    var generator = RandomGenerator(seed: seed)
    for _ in 0..<Self.updates {
      let pairs = (0..<Self.pairsOfUpdate).map { _ in answers.pairs[generator.below(answers.pairs.count)] }
      let points = (0..<Self.pairsOfUpdate).map { _ in answers.points[generator.below(answers.points.count)] }
      let places = (pairs + points).flatMap { [Int($0.first) - 1, Int($0.second) - 1] }
      student.update(places) { outputs in
        Self.slopes(
          outputs, targets: (pairs + points).map(\.target), weight: weight, pairs: Self.pairsOfUpdate)
      }
    }
  }

  /// d loss / d outputs, [2 answers][2], for [2 answers][2] outputs, the captions of an answer one after the other. The first
  /// `pairs` answers teach the first judge, the others the second one; both judge all of them.
  static func slopes(_ outputs: [[Float]], targets: [Float], weight: Float, pairs: Int) -> [[Float]] {
    let share = 1 / Float(max(1, targets.count))
    return targets.enumerated().flatMap { index, target -> [[Float]] in
      let (a, b) = (outputs[2 * index], outputs[2 * index + 1])
      let (p, q) = (Logistic.sigmoid(a[0] - b[0]), Logistic.sigmoid(a[1] - b[1]))
      let (ofP, ofQ) = divergenceSlopes(p, q)
      let isPair = index < pairs
      let pair = share * ((isPair ? p - target : 0) + weight * ofP)
      let point = share * weight * ofQ
      guard !isPair else { return [[pair, point], [-pair, -point]] }
      return [
        [pair, point + share * (Logistic.sigmoid(a[1]) - target)],
        [-pair, -point + share * (Logistic.sigmoid(b[1]) - (1 - target))],
      ]
    }
  }

  /// Derivatives of the divergence by the log-odds of p and of q.
  private static func divergenceSlopes(_ p: Float, _ q: Float) -> (Float, Float) {
    // Away from 0 and 1, where logarithms have no bound.
    let (p, q) = (min(max(p, 1e-6), 1 - 1e-6), min(max(q, 1e-6), 1 - 1e-6))
    let middle = Logistic.logit((p + q) / 2)
    return (p * (1 - p) * (Logistic.logit(p) - middle) / 2, q * (1 - q) * (Logistic.logit(q) - middle) / 2)
  }

  /// The Jensen-Shannon divergence of two coins, in nats.
  static func divergence(_ p: Double, _ q: Double) -> Double {
    func entropy(_ p: Double) -> Double { [p, 1 - p].reduce(0) { $0 - ($1 > 0 ? $1 * Logistic.log($1) : 0) } }
    return max(0, entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2)
  }

  // MARK: Answers of its own

  private struct Judgement {
    /// What the first judge answers.
    var answer: CaptionPreference
    var isKept: Bool
    var divergence: Double
  }

  private func judged(_ pairs: [CaptionPreference], _ student: PairStudent) -> [Judgement] {
    let outputs = student.outputs()
    return pairs.map { pair in
      let (a, b) = (outputs[Int(pair.first) - 1], outputs[Int(pair.second) - 1])
      let (p, q) = (Logistic.sigmoid(a[0] - b[0]), Logistic.sigmoid(a[1] - b[1]))
      let isSure = min(max(p, 1 - p), max(q, 1 - q)) > Self.certainty
      return Judgement(
        answer: CaptionPreference(first: pair.first, second: pair.second, target: p > 0.5 ? 1 : 0),
        isKept: isSure && (p > 0.5) == (q > 0.5), divergence: Self.divergence(Double(p), Double(q)))
    }
  }

  private func divergence(_ pairs: [CaptionPreference], _ student: PairStudent) -> Double {
    let judged = judged(pairs, student)
    return judged.reduce(0) { $0 + $1.divergence } / Double(max(1, judged.count))
  }
}

extension Study {
  static let consistentPairs = Study(
    "consistent", "a reward model that learns from its own answers where its two judges agree (row 12)", seeds: 30,
    requirements: [
      StudyRequirement(
        "12", "disagreement of the judges: less than without the penalty", "divergence, plain",
        minus: "divergence, consistent", .atLeast(0)),
      StudyRequirement(
        "12", "answers of its own that are right: kept ones above all", "right, kept", minus: "right, all",
        .atLeast(0.08)),
      StudyRequirement(
        "12", "held-out accuracy after learning from the kept ones: above all ones", "held-out, kept",
        minus: "held-out, all", .atLeast(0)),
      StudyRequirement(
        StudyRequirement.control, "agreement with a judge who is right nine times in ten raises it",
        "right, planted", minus: "right, all", .atLeast(0.08)),
      StudyRequirement(
        StudyRequirement.control, "agreement with a coin does not", "right, coin", minus: "right, all", .atMost(0.02)),
    ]
  ) { seed in
    var study = ConsistentPairs(seed: seed)
    return study.measure()
  }
}
