/// Something that answers questions: one or many servers behind one face. Any number of questions may be under way.
public protocol LanguageModel: Sendable {
  /// What the model is called; nil until it is known, which no label can do without.
  var name: String? { get }
  /// Questions worth having under way at once.
  var concurrency: Int { get }

  /// Asks, again where asking again can help, until there is an answer or the deadline has passed.
  /// - Parameter deadlineSeconds: from now, retries included.
  func answer(_ question: ModelQuestion, deadlineSeconds: Double) async throws(ModelFailure) -> ModelAnswer
}
