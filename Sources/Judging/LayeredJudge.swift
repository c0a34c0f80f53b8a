import Captions

/// Asks an immediate annotator first, and another judge about the captions on which it abstains.
///
/// With the game's rules in front of a language model this labelled messages that the rules' author had not seen better
/// than either did, and most captions cost no question.
public struct LayeredJudge: CaptionJudge {
  public let kind = "layered"
  public var version: String? { judge.version.map { "\(first.kind) \(first.version), \(judge.kind) \($0)" } }
  public var concurrency: Int { judge.concurrency }

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
