import Captions
import Runtime

/// A prompt with its goal: the constant text is complete, and only the message is open.
///
/// Two questions of one bound prompt are equal up to the message, and almost nothing follows it. Servers cache the
/// computation of a common prefix, which makes them 5 to 15 times as fast.
public struct BoundPrompt: Sendable, Hashable {
  public let prompt: Prompt
  public let goal: JudgingGoal
  /// "default@1:9f3c01aa": name, version and a digest of everything that can change an answer: the constant text with
  /// its goal, the form of the answer, and the version of the sanitiser.
  public let identity: String

  private let system: String?
  private let body: PromptTemplate

  /// The text of a message without words in a ranking.
  private static let nothing = "(nothing)"

  /// - Throws: if the prompt has no such goal.
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

  /// The question of a classification about one message.
  /// - Parameter temperature: sampling temperature; above 0 so that several answers to one question differ.
  public func question(_ caption: SanitisedCaption, temperature: Double = 0) -> ModelQuestion {
    precondition(prompt.kind == .classification, "the prompt \(prompt.name) compares two messages")
    return question([.message: caption.text], temperature)
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

  private func question(_ texts: [PromptTemplate.Place: String], _ temperature: Double) -> ModelQuestion {
    let text = body.filling(texts).text
    let input: ModelQuestion.Input =
      switch prompt.style {
      case .chat: .chat((system.map { [ChatMessage(.system, $0)] } ?? []) + [ChatMessage(.user, text)])
      case .completion: .completion(([system, text].compactMap { $0 }).joined(separator: "\n\n"))
      }
    // No choices: log-probabilities are those of the unconstrained model, and a forced word is not an answer.
    return ModelQuestion(
      input, maximumTokens: prompt.maximumTokens, temperature: temperature,
      topAlternatives: prompt.answer == .oneToken ? Self.alternatives : 0, stops: prompt.stops)
  }

  /// The largest number of alternatives that every server supports.
  private static let alternatives = 20

  /// The worked examples of a goal. A principle has none, because their labels would contradict it.
  private static func examples(_ prompt: Prompt, _ goal: JudgingGoal) -> String {
    guard case .named(let name) = goal, let example = prompt.example, let table = prompt.examples else { return "" }
    return table.messages(goal: name).map { message, label in
      example.rendered([.message: SanitisedCaption(message).text, .answer: prompt.words[label ? 0 : 1]])
    }.joined(separator: "\n\n")
  }
}

extension BoundPrompt {
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

/// The goal or principle that messages are judged by.
public enum JudgingGoal: Sendable, Hashable, CustomStringConvertible {
  /// A goal of the prompt's file: "default", "combat".
  case named(String)
  /// A principle that replaces the prompt's goals at run time (RewardAnything, 2506.03637).
  case principle(Principle)

  public static let standard = JudgingGoal.named("default")

  /// A principle in words, such as "Judge by how much gold the player gains."
  public struct Principle: Sendable, Hashable {
    public static let maximumCharacters = 1_000

    public let text: String

    /// - Throws: if the text is empty, too long, or has braces or characters that are not printable ASCII.
    public init(_ text: String) throws(PromptError) {
      let problem: String? =
        switch text {
        case _ where text.allSatisfy(\.isWhitespace): "is empty"
        case _ where text.count > Self.maximumCharacters: "is longer than \(Self.maximumCharacters) characters"
        case _ where !text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }): "is not printable ASCII on one line"
        case _ where text.contains(where: { "{}".contains($0) }): "has braces"
        default: nil
        }
      if let problem { throw PromptError(file: "(principle)", problem: "the principle \(problem)") }
      self.text = text
    }
  }

  /// One word: the name, or the digest of the principle.
  public var description: String {
    switch self {
    case .named(let name): name
    case .principle(let principle): "principle-\(ByteHash.fnv1a(principle.text.utf8).shortDigest)"
    }
  }
}

extension UInt64 {
  /// The two halves of a digest, combined by XOR, as eight hexadecimal digits.
  var shortDigest: String {
    let folded = String((self >> 32) ^ (self & 0xFFFF_FFFF), radix: 16)
    return String(repeating: "0", count: 8 - folded.count) + folded
  }
}
