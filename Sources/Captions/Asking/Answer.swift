/// One answer to an annotation task.
public struct Answer: Sendable, Hashable {
  public let caption: CaptionID
  public let verdict: Verdict

  public init(_ caption: CaptionID, _ verdict: Verdict) {
    self.caption = caption
    self.verdict = verdict
  }
}
