import Captions
import Runtime

/// What a model is told before a message: a prompt's file with its goal or principle, its rubric, and corrections of
/// earlier answers. The constant text is complete; only the message, and facts about it, are open.
///
/// Two questions of one instruction are equal up to the message, and almost nothing follows it. Servers cache the
/// computation of a common prefix, which makes them 5 to 15 times as fast.
public struct Instruction: Sendable, Hashable {
  public let prompt: Prompt
  public let goal: Goal
  /// Corrections of earlier answers, which the model reads before every message; the oldest first.
  public let reflections: [Reflection]
  /// "default@1:9f3c01aa": name, version and a digest of everything that can change an answer: the constant text with
  /// its goal, rubric and corrections, the form of the answer, and the version of the sanitiser.
  public let identity: String

  private let system: String?
  private let body: PromptTemplate

  /// The text of a message without words in a ranking.
  private static let nothing = "(nothing)"

  /// - Throws: if the prompt has no such goal, or if there are more than `Reflection.maximumCount` corrections.
  public init(
    _ prompt: Prompt, goal: Goal = .standard, reflections: [Reflection] = []
  ) throws(PromptError) {
    guard reflections.count <= Reflection.maximumCount else {
      throw PromptError(file: prompt.name, problem: "more than \(Reflection.maximumCount) corrections")
    }
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
    self.reflections = reflections
    let texts: [PromptTemplate.Place: String] = [
      .goal: goalText, .examples: Self.examples(prompt, goal), .rubric: RubricItem.list(prompt.rubric),
    ]
    let corrections = Reflection.list(reflections, words: prompt.words)
    let system = [prompt.system?.rendered(texts), corrections].compactMap { $0 }.nilIfEmpty?.joined(separator: "\n\n")
    let body = prompt.body.settled(texts)
    self.system = system
    self.body = body
    var constant = [
      "\(prompt.kind)", "\(prompt.style)", "\(prompt.answer)", prompt.words.joined(separator: "/"),
      "\(prompt.maximumTokens)", prompt.stops.joined(separator: "/"), "\(SanitisedCaption.version)", "\(goal)",
      system ?? "", body.text, prompt.reminder,
    ]
    // The text of a rubric is in the constant text, its weights are not.
    if !prompt.rubric.isEmpty { constant.append(prompt.rubric.map { "\($0.weight)" }.joined(separator: "/")) }
    let digest = constant.reduce(ByteHash.fnv1a([])) { ByteHash.fnv1a($1.utf8 + [0], continuing: $0) }
    identity = "\(prompt.name)@\(prompt.version):\(digest.shortDigest)"
  }

  /// The question of a classification about one message.
  /// - Parameter temperature: sampling temperature; above 0 so that several answers to one question differ.
  public func question(
    _ caption: SanitisedCaption, note: QuestionNote? = nil, temperature: Double = 0
  ) -> ModelQuestion {
    question(episode: [caption], note: note, temperature: temperature)
  }

  /// The question of a classification about several messages of one episode, the oldest first.
  public func question(
    episode: [SanitisedCaption], note: QuestionNote? = nil, temperature: Double = 0
  ) -> ModelQuestion {
    precondition(prompt.kind == .classification, "the prompt \(prompt.name) compares two messages")
    let message = episode.map(\.text).joined(separator: " / ")
    guard let note else { return question([.message: message], temperature) }
    // The note of a chat follows the message's brackets; a completion ends with the cue for its answer.
    if prompt.style == .completion { return question([.message: "\(message) (\(note))"], temperature) }
    return question([.message: message], temperature, ending: "\n\(note)")
  }

  /// The question of a ranking about two messages.
  public func question(
    first: SanitisedCaption, second: SanitisedCaption, temperature: Double = 0
  ) -> ModelQuestion {
    precondition(prompt.kind == .ranking, "the prompt \(prompt.name) judges one message")
    let text = { (caption: SanitisedCaption) in caption.text.isEmpty ? Self.nothing : caption.text }
    return question([.first: text(first), .second: text(second)], temperature)
  }

  /// The repeated question after an answer that could not be read.
  public func reminding(_ question: ModelQuestion, of answer: String) -> ModelQuestion {
    let said = AnswerText.excerpt(answer)
    var again = question
    switch question.input {
    case .chat(let turns):
      again.input = .chat(turns + [ChatMessage(.assistant, said), ChatMessage(.user, prompt.reminder)])
    case .completion(let text):
      // A completion has no turns: the excerpt is one line, and the cue for the answer follows the reminder.
      let cue = text.split(separator: "\n").last.map(String.init) ?? ""
      again.input = .completion("\(text) \(said)\n\(prompt.reminder)\n\(cue)")
    }
    return again
  }

  /// Messages with known labels for this goal: the prompt's own, or else the built-in ones; none for a principle.
  public var calibration: [(message: String, label: Bool)] {
    guard case .named(let name) = goal else { return [] }
    return (prompt.calibration ?? PromptLibrary.calibration).messages(goal: name)
  }

  private func question(
    _ texts: [PromptTemplate.Place: String], _ temperature: Double, ending: String = ""
  ) -> ModelQuestion {
    let text = body.filling(texts).text + ending
    let input: ModelQuestion.Input =
      switch prompt.style {
      case .chat: .chat((system.map { [ChatMessage(.system, $0)] } ?? []) + [ChatMessage(.user, text)])
      case .completion: .completion(([system, text].compactMap { $0 }).joined(separator: "\n\n"))
      }
    // No choices: log-probabilities are those of the unconstrained model, and a forced word is not an answer.
    return ModelQuestion(
      input, maximumTokens: prompt.maximumTokens, temperature: temperature,
      topAlternatives: prompt.answer.needsLogProbabilities ? Self.alternatives : 0, stops: prompt.stops)
  }

  /// The largest number of alternatives that every server supports.
  private static let alternatives = 20

  /// The worked examples of a goal. A principle has none, because their labels would contradict it.
  private static func examples(_ prompt: Prompt, _ goal: Instruction.Goal) -> String {
    guard case .named(let name) = goal, let example = prompt.example, let table = prompt.examples else { return "" }
    return table.messages(goal: name).map { message, label in
      example.rendered([.message: SanitisedCaption(message).text, .answer: prompt.words[label ? 0 : 1]])
    }.joined(separator: "\n\n")
  }
}

extension Instruction {
  /// Placeholder messages, to print a prompt.
  private static let placeholders = ["You kill the newt!", "It's a wall."]

  /// The question about these captions as readable text: each turn of a chat has a heading. A classification takes one
  /// caption and a ranking two; placeholders replace missing ones.
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
