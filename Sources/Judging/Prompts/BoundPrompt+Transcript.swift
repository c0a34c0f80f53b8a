extension BoundPrompt {
  /// Messages for whoever only wants to see the prompt.
  private static let placeholders = ["You kill the newt!", "It's a wall."]

  /// The question about these captions (one, two for a ranking; missing ones are made up), for people to read: a heading
  /// for each turn of a chat, a completion as it is.
  public func transcript(of captions: [String] = []) -> String {
    let captions = zip(0..., Self.placeholders).map { SanitisedCaption($0 < captions.count ? captions[$0] : $1) }
    let question =
      switch prompt.kind {
      case .classification: question(captions[0])
      case .ranking: question(first: captions[0], second: captions[1])
      }
    switch question.input {
    case .completion(let text): return text
    case .chat(let turns): return turns.map { "## \($0.role.rawValue)\n\($0.text)" }.joined(separator: "\n\n")
    }
  }
}
