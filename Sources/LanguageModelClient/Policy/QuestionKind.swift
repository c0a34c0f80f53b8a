import Judging

/// What has to be known of a server before a question of this kind is put to it.
struct QuestionKind: Sendable, Hashable {
  var endpoint: Endpoint
  /// The answer is one of given choices.
  var isConstrained: Bool

  init(_ question: ModelQuestion) {
    endpoint = question.endpoint
    isConstrained = !question.choices.isEmpty
  }
}
