/// One answer as it is stored: what was judged, how, by whom and when.
public struct LabelRecord: Sendable, Hashable {
  /// 1 ... 256 raw bytes.
  public let caption: [UInt8]
  public let verdict: Verdict
  /// The peer that answered.
  public let annotator: String
  /// `CaptionAnnotator.kind` of that peer.
  public let kind: String
  /// `CaptionAnnotator.version` of that peer.
  public let version: String
  /// Seconds since 1970-01-01 UTC.
  public let answeredAt: Double

  public init(
    caption: [UInt8], verdict: Verdict, annotator: String, kind: String, version: String, answeredAt: Double
  ) {
    self.caption = caption
    self.verdict = verdict
    self.annotator = annotator
    self.kind = kind
    self.version = version
    self.answeredAt = answeredAt
  }
}
