import Runtime

/// One question of a task.
public struct TextProblem: Sendable, Hashable {
  /// What the policy reads.
  public var prompt: String
  /// The final answer alone, without the steps to it.
  public var reference: String
  /// What the task needs for its verdict, in an order of its own.
  public var facts: [Int]

  public init(prompt: String, reference: String, facts: [Int]) {
    self.prompt = prompt
    self.reference = reference
    self.facts = facts
  }
}

/// What a task says about an answer.
public struct TextVerdict: Sendable, Hashable {
  /// Whether the answer has the form that the task asks for.
  public var isLegal: Bool
  public var isRight: Bool
  /// The share of the answer that is right, 0 ... 1; 1 only if all of it is.
  public var partial: Double

  public init(isLegal: Bool, isRight: Bool, partial: Double? = nil) {
    self.isLegal = isLegal
    self.isRight = isRight
    self.partial = partial ?? (isRight ? 1 : 0)
  }

  /// An answer without an end, or of a form that the task does not know.
  public static let illegal = TextVerdict(isLegal: false, isRight: false)
}

/// A family of questions with an exact verifier, for a policy that writes text.
///
/// Prompts and answers consist of the characters of `Vocabulary`. Adding a task is adding a type that conforms to this.
public protocol TextTask: Sendable {
  /// The name on the command line.
  var name: String { get }

  /// A new question.
  func problem(_ generator: inout RandomGenerator) -> TextProblem

  /// The question that this prompt asks; nil if the task asks no such question.
  func problem(prompt: String) -> TextProblem?

  /// A right answer, as demonstrations show it.
  func solution(_ problem: TextProblem, _ generator: inout RandomGenerator) -> String

  /// What an answer is worth. `answer` is everything after the prompt, without the end character.
  func verdict(_ problem: TextProblem, _ answer: String) -> TextVerdict

  /// What the world says after the policy ended a turn, before its next one; nil ends the text.
  /// - Parameter text: everything after the prompt, with the end characters of earlier turns.
  func reply(_ problem: TextProblem, _ text: String) -> String?

  /// A character after which `reply` is asked in the middle of a turn, where nil lets the policy continue; nil for none.
  var pause: Character? { get }
}

extension TextTask {
  public func reply(_ problem: TextProblem, _ text: String) -> String? { nil }

  public var pause: Character? { nil }
}
