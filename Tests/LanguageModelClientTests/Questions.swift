import Judging

extension ModelQuestion {
  static let yesOrNo = ModelQuestion(
    .chat([ChatMessage(.system, "Say Yes or No."), ChatMessage(.user, "Is it?")]), maximumTokens: 1, topAlternatives: 5)
}
