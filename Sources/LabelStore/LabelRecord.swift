import Captions

/// One answer as it is stored: what was judged, how, by whom, for which run and when.
public struct LabelRecord: Sendable, Hashable {
  /// 1 ... 256 raw bytes.
  public var caption: [UInt8]
  public var verdict: Verdict
  /// Log-odds that the caption means progress; nil where the annotator gave none.
  public var logOdds: Float?
  /// nil for annotators that ask nobody.
  public var evidence: LabelEvidence?
  /// The text that was asked; nil when it was the caption itself.
  public var asked: [UInt8]?
  /// The template by which other captions share the answer; nil when it answers this caption alone.
  public var template: [UInt8]?
  /// The run that asked; empty for answers from before runs were noted.
  public var run: String
  /// The peer that answered.
  public var annotator: String
  /// Its `kind` and `version`, as `CaptionAnnotator` and `CaptionJudge` have them.
  public var kind: String
  public var version: String
  /// Seconds since 1970-01-01 UTC.
  public var answeredAt: Double

  public init(
    caption: [UInt8], judgement: Judgement, asked: [UInt8]? = nil, template: [UInt8]? = nil, run: String = "",
    annotator: String, kind: String, version: String, answeredAt: Double
  ) {
    self.caption = caption
    verdict = judgement.verdict
    logOdds = judgement.logOdds.isNaN ? nil : judgement.logOdds
    evidence = judgement.evidence
    self.asked = asked
    self.template = template
    self.run = run
    self.annotator = annotator
    self.kind = kind
    self.version = version
    self.answeredAt = answeredAt
  }

  public init(
    caption: [UInt8], verdict: Verdict, annotator: String, kind: String, version: String, answeredAt: Double
  ) {
    self.init(
      caption: caption, judgement: Judgement(verdict), annotator: annotator, kind: kind, version: version,
      answeredAt: answeredAt)
  }

  /// Who judged by what.
  public var origin: LabelOrigin { LabelOrigin(kind: kind, version: version) }
}
