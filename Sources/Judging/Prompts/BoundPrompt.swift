import Runtime

/// A prompt with its goal: everything constant is written out, only the message is open.
///
/// Two questions of one bound prompt are the same up to the message, and next to nothing follows it. Servers keep what
/// they have computed for a common beginning, which makes them 5 to 15 times as fast.
public struct BoundPrompt: Sendable, Hashable {
  public let prompt: Prompt
  public let goal: JudgingGoal
  /// "default@1:9f3c01aa": name, version and a digest of everything that could change an answer: the constant text
  /// with its goal, how the answer is asked for and read, how captions are sanitised.
  public let identity: String

  private let system: String?
  private let body: PromptTemplate

  /// What a message without words reads like in a ranking.
  private static let nothing = "(nothing)"

  /// - Throws: when the prompt has no such goal.
  public init(_ prompt: Prompt, goal: JudgingGoal = .standard) throws(PromptError) {
    var goalText = ""
    switch goal {
    case .principle(let principle): goalText = principle.text
    case .named(let name):
      guard let known = prompt.goals.first(where: { $0.name == name }) else {
        let names = prompt.goals.map(\.name).joined(separator: ", ")
        throw PromptError(file: prompt.name, problem: "there is no goal \"\(name)\" among \(names)")
      }
      goalText = known.text
    }
    self.prompt = prompt
    self.goal = goal
    let texts: [PromptTemplate.Place: String] = [.goal: goalText, .examples: Self.examples(prompt, goal)]
    let system = prompt.system?.rendered(texts)
    let body = prompt.body.settled(texts)
    self.system = system
    self.body = body
    let constant = [
      "\(prompt.kind)", "\(prompt.style)", "\(prompt.answer)", prompt.words.joined(separator: "/"),
      "\(prompt.maximumTokens)", prompt.stops.joined(separator: "/"), "\(SanitisedCaption.version)", "\(goal)",
      system ?? "", body.text, prompt.reminder,
    ]
    let digest = constant.reduce(ByteHash.fnv1a([])) { ByteHash.fnv1a($1.utf8 + [0], continuing: $0) }
    identity = "\(prompt.name)@\(prompt.version):\(digest.shortDigest)"
  }

  /// The question about one message, of a classification.
  /// - Parameter temperature: above 0 for several answers to one question.
  public func question(_ caption: SanitisedCaption, temperature: Double = 0) -> ModelQuestion {
    precondition(prompt.kind == .classification, "the prompt \(prompt.name) compares two messages")
    return question([.message: caption.text], temperature)
  }

  /// The question which of two messages means more, of a ranking.
  public func question(
    first: SanitisedCaption, second: SanitisedCaption, temperature: Double = 0
  ) -> ModelQuestion {
    precondition(prompt.kind == .ranking, "the prompt \(prompt.name) judges one message")
    let text = { (caption: SanitisedCaption) in caption.text.isEmpty ? Self.nothing : caption.text }
    return question([.first: text(first), .second: text(second)], temperature)
  }

  /// The question asked once more after an answer that could not be read.
  public func reminding(_ question: ModelQuestion, of answer: String) -> ModelQuestion {
    let said = AnswerText.excerpt(answer)
    var again = question
    switch question.input {
    case .chat(let turns):
      again.input = .chat(turns + [ChatMessage(.assistant, said), ChatMessage(.user, prompt.reminder)])
    case .completion(let text):
      // No turns here: what it said stands as one line, and the cue for the answer follows the reminder.
      let cue = text.split(separator: "\n").last.map(String.init) ?? ""
      again.input = .completion("\(text) \(said)\n\(prompt.reminder)\n\(cue)")
    }
    return again
  }

  /// Messages with known labels for this goal: the prompt's own, else those that ship; none for a principle.
  public var calibration: [(message: String, label: Bool)] {
    guard case .named(let name) = goal else { return [] }
    return (prompt.calibration ?? PromptLibrary.calibration).messages(goal: name)
  }

  private func question(_ texts: [PromptTemplate.Place: String], _ temperature: Double) -> ModelQuestion {
    let text = body.filling(texts).text
    let input: ModelQuestion.Input =
      switch prompt.style {
      case .chat: .chat((system.map { [ChatMessage(.system, $0)] } ?? []) + [ChatMessage(.user, text)])
      case .completion: .completion(([system, text].compactMap { $0 }).joined(separator: "\n\n"))
      }
    // Choices would not help: log-probabilities are of the unconstrained model, and a forced word is not an answer.
    return ModelQuestion(
      input, maximumTokens: prompt.maximumTokens, temperature: temperature,
      topAlternatives: prompt.answer == .oneToken ? Self.alternatives : 0, stops: prompt.stops)
  }

  /// The most that every server gives.
  private static let alternatives = 20

  /// The worked examples of a goal, one after the other. A principle given at run time has none: their labels would
  /// speak against it.
  private static func examples(_ prompt: Prompt, _ goal: JudgingGoal) -> String {
    guard case .named(let name) = goal, let example = prompt.example, let table = prompt.examples else { return "" }
    return table.messages(goal: name).map { message, label in
      example.rendered([.message: SanitisedCaption(message).text, .answer: prompt.words[label ? 0 : 1]])
    }.joined(separator: "\n\n")
  }
}
