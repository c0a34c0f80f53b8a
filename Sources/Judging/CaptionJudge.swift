import Captions

/// An annotator that has to ask somebody, and so judges many captions at a time.
///
/// To judge is to label or to abstain. To throw is to say nothing: the caption goes back to the queue.
public protocol CaptionJudge: Sendable {
  /// What it is, in one word: "llm". Stored with every label.
  var kind: String { get }
  /// Changes whenever the same caption could be judged differently (prompt, goal, model). Stored with every label. nil
  /// while the model is not known: it is too early to ask then.
  var version: String? { get }
  /// Captions worth judging at once.
  var concurrency: Int { get }

  /// Judges one caption (raw bytes as the environment gave them, never empty).
  func judge(_ caption: [UInt8], deadlineSeconds: Double) async throws(ModelFailure) -> Judgement
}
