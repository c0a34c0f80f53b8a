/// What an answer says, read strictly.
public enum LabelReading: Sendable, Hashable {
  /// - Parameters:
  ///   - isProgress: the word the model would say.
  ///   - logOdds: ln P(positive word) - ln P(negative word); NaN where the server gives no log-probabilities.
  case label(isProgress: Bool, logOdds: Double)
  /// Why it cannot be read. Never a label.
  case unreadable(String)

  public var isProgress: Bool? { if case .label(let isProgress, _) = self { isProgress } else { nil } }
  /// NaN where there is none.
  public var logOdds: Double { if case .label(_, let logOdds) = self { logOdds } else { .nan } }
}
