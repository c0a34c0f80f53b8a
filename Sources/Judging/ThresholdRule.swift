/// Where the threshold comes from that parts the log-odds of progress from the rest.
///
/// Small models rank messages well, and say yes to nearly all or nearly none of them: their threshold is rarely at 0.
public enum ThresholdRule: Sendable, Hashable, CustomStringConvertible {
  /// No threshold: the word the model would say.
  case word
  /// This many nats.
  case fixed(Double)
  /// The one that tells messages with known labels apart best, found before the first caption. Where none are known for
  /// a goal, as with a principle, 0.
  case calibrated
  /// The quantile of the latest log-odds, those of the calibration messages first; 0.5 is the median. What is labelled
  /// then is "more than usual" rather than "progress", and the same caption may be judged differently later.
  case runningQuantile(Double)

  public var description: String {
    switch self {
    case .word: "word"
    case .fixed(let nats): "fixed \(nats)"
    case .calibrated: "calibrated"
    case .runningQuantile(let share): "quantile \(share)"
    }
  }

  /// The threshold that parts labelled log-odds with the least balanced error (the mean of the shares of positives at
  /// or below it and of negatives above it). Of all that err equally little the middle one, so that equally far to
  /// either side is equally safe. 0 where one of the labels is missing.
  public static func best(_ scores: [(logOdds: Double, isProgress: Bool)]) -> Double {
    let scores = scores.filter(\.logOdds.isFinite).sorted { $0.logOdds < $1.logOdds }
    let positives = Double(scores.count(where: \.isProgress))
    let negatives = Double(scores.count) - positives
    guard positives > 0, negatives > 0 else { return 0 }
    var error = 1.0
    var least = Double.infinity
    var cuts: [Double] = []
    for index in scores.indices.dropLast() {
      error += scores[index].isProgress ? 1 / positives : -1 / negatives
      let (low, high) = (scores[index].logOdds, scores[index + 1].logOdds)
      guard low < high else { continue }
      // Sums of fractions that are equal may differ in the last place.
      if error < least - 1e-9 {
        least = error
        cuts = []
      }
      if error <= least + 1e-9 { cuts.append((low + high) / 2) }
    }
    return cuts.isEmpty ? scores[0].logOdds : cuts[cuts.count / 2]
  }
}
