import RewardPrograms

/// What the model is asked for.
public struct ProgramAssignment: Sendable {
  /// What the player is to achieve, in words.
  public var goal: String
  /// The name of the game.
  public var task: String
  /// Messages of the game, from a sample.
  public var captions: [String]
  /// An earlier program that is to be improved; nil for a first one.
  public var earlier: String?
  /// What came of the earlier program, in words.
  public var feedback: String?

  public init(goal: String, task: String, captions: [String], earlier: String? = nil, feedback: String? = nil) {
    (self.goal, self.task, self.captions) = (goal, task, captions)
    (self.earlier, self.feedback) = (earlier, feedback)
  }
}

/// What a language model is told when it is to write a program. Small models follow examples, so there is one.
enum ProgramPrompt {
  static let language = """
    A reward program is a few lines in Python's style that set the number reward. It runs once for each step of the game, on the
    message of that step, which is called caption. There are no loops, no functions of your own, no imports, no lists, no prints.
    Texts: "words" in caption; contains(caption, "words", "other words"); starts(caption, "words"). number(caption) is the first
    number in it. met("words") counts the episode's steps whose message had the words.
    Values: occurrences (how often this message came in this episode), extrinsic (points of this step), ended, won.
    Numbers: + - * / < <= > >= == != and or not, A if CONDITION else B, min, max, abs, sqrt, exp, log, floor, clip(x, low, high).
    True counts as 1, false as 0. The reward must lie between -1 and 1, and most steps should get 0.
    """

  private static let example = """
    ```
    reward = 0
    if "you kill" in caption or "you destroy" in caption:
        reward = 0.5
    elif "you pick up" in caption and occurrences == 1:
        reward = 0.1
    elif starts(caption, "you die"):
        reward = -0.5
    ```
    """

  static func text(_ assignment: ProgramAssignment, _ schema: ProgramSchema) -> String {
    var parts = [
      "Write a reward program that teaches a player of the game \(assignment.task). The goal: \(assignment.goal)",
      language,
    ]
    if !schema.names.isEmpty {
      let names = schema.names.prefix(40).joined(separator: ", ")
      parts.append("Observations: before.NAME and after.NAME are numbers before and after the step: \(names).")
    }
    parts.append("Messages of the game:\n" + assignment.captions.map { "- \($0)" }.joined(separator: "\n"))
    parts.append("An example of another game:\n\(example)")
    if let earlier = assignment.earlier {
      parts.append(
        "Your last program was:\n```\n\(earlier)\n```\nWhat came of it: \(assignment.feedback ?? "not much")")
      parts.append("Write a better one. Answer with the program alone, between ``` and ```.")
    } else {
      parts.append("Pay for messages that tell of progress. Answer with the program alone, between ``` and ```.")
    }
    return parts.joined(separator: "\n\n")
  }

  static func correction(_ problem: String) -> String {
    "That program cannot be used: \(problem).\nWrite the whole program again, between ``` and ```."
  }
}
