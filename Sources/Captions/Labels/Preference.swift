import Foundation

/// Which of two captions means more progress.
public enum Preference: Sendable, Hashable, CaseIterable {
  case first, second, tie

  /// The same preference when the two change places.
  public var swapped: Preference {
    switch self {
    case .first: .second
    case .second: .first
    case .tie: .tie
    }
  }

  /// The probability that the first is preferred, from the log-odds that each means progress: sigmoid(s1 - s2), the
  /// Bradley-Terry model. Costs no question beyond the two labels, and small models answer those far better than
  /// questions that compare.
  public static func probability(firstLogOdds: Double, secondLogOdds: Double) -> Double {
    1 / (1 + exp(secondLogOdds - firstLogOdds))
  }

  /// - Parameter margin: how far from 1/2 the probability has to be for a preference, 0 ... 0.5.
  public static func derived(firstLogOdds: Double, secondLogOdds: Double, margin: Double = 0) -> Preference {
    let probability = probability(firstLogOdds: firstLogOdds, secondLogOdds: secondLogOdds)
    if probability > 0.5 + margin { return .first }
    // NaN, where a log-odds is not known, is no preference either.
    return probability < 0.5 - margin ? .second : .tie
  }
}
