/// Rules first, and where they are silent another judge.
///
/// Of the ways to label that were measured on messages the rules' author had not seen, this was the best; and most
/// captions cost no question.
public struct LayeredJudge: CaptionJudge {
  public let kind = "layered"
  public var version: String? { judge.version.map { "rules \(rules.version), \(judge.kind) \($0)" } }
  public var concurrency: Int { judge.concurrency }

  private let rules: RuleAnnotator
  private let judge: any CaptionJudge

  public init(rules: RuleAnnotator = RuleAnnotator(), over judge: any CaptionJudge) {
    self.rules = rules
    self.judge = judge
  }

  public func judge(_ caption: [UInt8], deadlineSeconds: Double) async throws(ModelFailure) -> Judgement {
    if case .label(let value) = rules.annotate(caption) { return Judgement(.label(value)) }
    return try await judge.judge(caption, deadlineSeconds: deadlineSeconds)
  }
}
