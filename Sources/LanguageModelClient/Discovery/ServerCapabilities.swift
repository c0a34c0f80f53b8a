/// What a server was found to have and to honour. Nothing of it is assumed from its name or version.
struct ServerCapabilities: Sendable, Hashable {
  var model: String
  /// The most that may be asked for, by kind of question.
  var features: [QuestionKind: QuestionFeatures]
}
