
/// What of a question's wishes is sent to a server that may not know them all.
struct QuestionFeatures: Sendable, Hashable {
  /// Alternatives asked for each token; 0 for none.
  var alternatives: Int
  var constraint: AnswerConstraint?

  /// With one wish less, or nil if there is none left: what to try when a server answers 400. The one that fewer servers
  /// know goes first.
  var reduced: QuestionFeatures? {
    var result = self
    if constraint != nil {
      result.constraint = nil
    } else if alternatives > 0 {
      result.alternatives = 0
    } else {
      return nil
    }
    return result
  }
}

extension QuestionFeatures: CustomStringConvertible {
  var description: String {
    let first = alternatives > 0 ? "log-probabilities of \(alternatives) alternatives" : "no log-probabilities"
    return first + (constraint.map { ", choices by \($0.rawValue)" } ?? "")
  }
}
