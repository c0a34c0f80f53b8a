import Captions

/// An annotator that asks a language model and therefore judges many captions concurrently.
///
/// A judgement is a label or an abstention. If the judge throws there is no judgement, and the caption is queued again.
public protocol CaptionJudge: Sendable {
  /// The annotator's kind in one word: "llm". The label store keeps it with every label.
  var kind: String { get }
  /// Changes whenever the same caption could be judged differently (prompt, goal, model). The label store keeps it with
  /// every label. nil while the model is unknown, which is too early to ask.
  var version: String? { get }
  /// Captions that the judge can judge concurrently.
  var concurrency: Int { get }

  /// A line for the log about how the judge came to its judgements; nil if there is nothing to say.
  var report: String? { get }

  /// Judges one caption (raw bytes as the environment wrote them, never empty).
  func judge(_ caption: [UInt8], deadlineSeconds: Double) async throws(ModelFailure) -> Judgement
}

extension CaptionJudge {
  public var report: String? { nil }
}

/// Makes a judge of an annotator that answers at once, such as a rule table.
///
/// A copy of the annotator judges each caption, so the annotator must not change by judging.
public struct ImmediateJudge<Annotator: CaptionAnnotator & Sendable>: CaptionJudge {
  public let annotator: Annotator

  public init(_ annotator: Annotator) { self.annotator = annotator }

  public var kind: String { annotator.kind }
  public var version: String? { annotator.version }
  public var concurrency: Int { 1 }

  public func judge(_ caption: [UInt8], deadlineSeconds: Double) async throws(ModelFailure) -> Judgement {
    var copy = annotator
    return Judgement(copy.annotate(caption))
  }
}

/// Asks an immediate annotator first, and another judge about the captions on which it abstains.
///
/// With the game's rules and a language model it labelled messages that the rules' author had not seen better than
/// either alone, and most captions needed no question.
public struct LayeredJudge: CaptionJudge {
  public let kind = "layered"
  public var version: String? { judge.version.map { "\(first.kind) \(first.version), \(judge.kind) \($0)" } }
  public var concurrency: Int { judge.concurrency }
  public var report: String? { judge.report }

  private let first: any CaptionAnnotator & Sendable
  private let judge: any CaptionJudge

  public init(_ first: any CaptionAnnotator & Sendable, over judge: any CaptionJudge) {
    self.first = first
    self.judge = judge
  }

  public func judge(_ caption: [UInt8], deadlineSeconds: Double) async throws(ModelFailure) -> Judgement {
    var annotator = first
    if case .label(let value) = annotator.annotate(caption) { return Judgement(.label(value)) }
    return try await judge.judge(caption, deadlineSeconds: deadlineSeconds)
  }
}
