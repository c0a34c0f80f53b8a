import Foundation

/// The probability that one of several answers is right: a logistic regression on features that need no known label.
public struct MetaModel: Sendable, Hashable {
  /// Features of an answer, each about 0 ... 1.
  public struct Features: Sendable, Hashable {
    /// tanh(|log-odds| / 4); 0 without log-probabilities.
    public var margin: Double
    /// 1 if the first answer could be read, 0 if it needed a reminder.
    public var parsed: Double
    /// ln(1 + characters) / 8.
    public var length: Double
    /// Share of the other readable answers with the same label; 1/2 if there are no others.
    public var agreement: Double

    public init(margin: Double, parsed: Double, length: Double, agreement: Double) {
      self.margin = margin
      self.parsed = parsed
      self.length = length
      self.agreement = agreement
    }

    var values: [Double] { [1, margin, parsed, length, agreement] }
  }

  /// Weights of the constant and of the features, in their order.
  public var weights: [Double]

  /// Weights chosen by judgement rather than by data: agreement counts most, then the margin. `fitted` is better if
  /// labels are known.
  public static let standard = MetaModel(weights: [-2.5, 2, 0.5, 0, 3])

  public init(weights: [Double]) {
    precondition(weights.count == 5, "a weight for the constant and for each of four features")
    self.weights = weights
  }

  /// The probability that the answer is right.
  public func score(_ features: Features) -> Double { Self.logistic(Self.product(weights, features.values)) }

  /// The features of each readable sample, nil for the others.
  public static func features(of samples: [SampledLabel]) -> [Features?] {
    let readable = samples.compactMap(\.reading.isProgress)
    return samples.map { sample in
      guard let label = sample.reading.isProgress else { return nil }
      let logOdds = sample.reading.logOdds
      let others = readable.count - 1
      let same = readable.count { $0 == label } - 1
      return Features(
        margin: logOdds.isFinite ? tanh(abs(logOdds) / 4) : 0, parsed: sample.wasReminded ? 0 : 1,
        length: log(1 + Double(sample.length)) / 8, agreement: others > 0 ? Double(same) / Double(others) : 0.5)
    }
  }

  /// Fits the weights to answers that are known to be right or wrong: Newton's method on the logistic loss with an L2
  /// penalty of 1 on all weights, which also keeps it solvable if a feature is constant.
  public static func fitted(_ rows: [(features: Features, isRight: Bool)], iterations: Int = 20) -> MetaModel {
    var weights = [Double](repeating: 0, count: 5)
    for _ in 0..<iterations {
      var gradient = weights
      var hessian = (0..<5).map { row in (0..<5).map { $0 == row ? 1.0 : 0 } }
      for row in rows {
        let values = row.features.values
        let probability = logistic(product(weights, values))
        let error = probability - (row.isRight ? 1 : 0)
        let curvature = probability * (1 - probability)
        for i in 0..<5 {
          gradient[i] += error * values[i]
          for j in 0..<5 { hessian[i][j] += curvature * values[i] * values[j] }
        }
      }
      let step = solution(of: hessian, gradient)
      for i in 0..<5 { weights[i] -= step[i] }
    }
    return MetaModel(weights: weights)
  }

  private static func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  private static func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

  /// Gaussian elimination; the matrix is positive definite, so no pivot is 0.
  private static func solution(of matrix: [[Double]], _ right: [Double]) -> [Double] {
    var matrix = matrix
    var right = right
    for pivot in right.indices {
      for row in right.indices where row > pivot {
        let factor = matrix[row][pivot] / matrix[pivot][pivot]
        for column in right.indices { matrix[row][column] -= factor * matrix[pivot][column] }
        right[row] -= factor * right[pivot]
      }
    }
    for row in right.indices.reversed() {
      for column in right.indices where column > row { right[row] -= matrix[row][column] * right[column] }
      right[row] /= matrix[row][row]
    }
    return right
  }
}

/// Weighs answers by a meta-model's scores; only the best answers vote (meta-model guided voting of GRM, 2504.02495).
public struct MetaModelVote: LabelAggregator {
  public let model: MetaModel
  /// Number of answers that vote; more if several are equally good.
  public let kept: Int
  public var name: String {
    "meta \(kept) [\(model.weights.map { "\(($0 * 1_000).rounded() / 1_000)" }.joined(separator: " "))]"
  }

  public init(model: MetaModel = .standard, kept: Int) {
    self.model = model
    self.kept = kept
  }

  public func aggregate(_ samples: [SampledLabel]) -> AggregatedLabel {
    let scored = zip(samples, MetaModel.features(of: samples)).compactMap { sample, features in
      sample.reading.isProgress.flatMap { label in features.map { (label: label, score: model.score($0)) } }
    }
    // Answers with the score of the last one vote too, so that the order of the answers does not decide.
    let sorted = scored.sorted { $0.score > $1.score }
    let last = sorted.prefix(max(1, kept)).last?.score ?? 0
    let best = sorted.prefix { $0.score >= last }
    return AggregatedLabel(
      weightFor: best.reduce(0) { $0 + ($1.label ? $1.score : 0) },
      weightAgainst: best.reduce(0) { $0 + ($1.label ? 0 : $1.score) })
  }
}

/// Adds up the log-odds, or the scores, of the answers that a meta-model thinks best (generative reward models, 2504.02495).
/// It labels by the sum, so that a clear score outweighs two that are nearly in the middle.
public struct ScoreVote: LabelAggregator {
  public let model: MetaModel
  /// Number of answers that count; more if several are equally good.
  public let kept: Int
  public var name: String { "score, \(MetaModelVote(model: model, kept: kept).name)" }

  public init(model: MetaModel = .standard, kept: Int) {
    self.model = model
    self.kept = kept
  }

  public func aggregate(_ samples: [SampledLabel]) -> AggregatedLabel {
    let scored = zip(samples, MetaModel.features(of: samples)).compactMap { sample, features in
      features.map { (sample: sample, score: model.score($0)) }
    }
    let last = scored.map(\.score).sorted(by: >).prefix(max(1, kept)).last ?? 0
    var sums = (for: 0.0, against: 0.0)
    for (sample, score) in scored where score >= last {
      // Without log-odds an answer counts as one nat.
      let size = sample.reading.logOdds.isFinite ? abs(sample.reading.logOdds) : 1
      if sample.reading.isProgress == true { sums.for += size } else { sums.against += size }
    }
    return AggregatedLabel(weightFor: sums.for, weightAgainst: sums.against)
  }
}
