import TextPolicy
import TextTasks

/// A question with an answer as one line, `a=3;b=a+4? => b7=7`, which annotators judge as they judge the captions of a game.
public enum AnswerCaption {
  private static let separator = " => "
  /// Follows an answer that its text left no place to end. No task has a right answer that ends so.
  private static let unfinished = "..."

  /// Bytes that a caption has in addition to its text's tokens.
  public static let addedBytes = separator.utf8.count + unfinished.utf8.count

  /// The caption of a text: everything before the first token that the policy chose is the question.
  public static func text(_ sequence: TokenSequence) -> String {
    let first = sequence.isChosen.firstIndex(of: true) ?? sequence.count
    var written = sequence.tokens[first...]
    let isComplete = written.last == Vocabulary.endToken
    if isComplete { written.removeLast() }
    return Vocabulary.text(sequence.tokens[..<first]) + separator + Vocabulary.text(written)
      + (isComplete ? "" : unfinished)
  }

  /// What a task says about the answer of a caption; nil if it is no caption of an answer to one of the task's questions.
  public static func verdict(_ caption: [UInt8], by task: any TextTask) -> TextVerdict? {
    let text = String(decoding: caption, as: UTF8.self)
    guard let place = text.firstRange(of: separator),
      let problem = task.problem(prompt: String(text[..<place.lowerBound]))
    else { return nil }
    return task.verdict(problem, String(text[place.upperBound...]))
  }
}
