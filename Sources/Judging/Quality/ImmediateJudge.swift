import Captions

/// An annotator that answers at once, such as a rule table, where one is wanted that may take its time.
///
/// Each caption is judged by a copy: for annotators that do not change by judging.
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
