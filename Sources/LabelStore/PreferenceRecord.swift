import Captions

/// One answer to a pair of captions as it is stored.
public struct PreferenceRecord: Sendable, Hashable {
  /// 1 ... 256 raw bytes each, and not the same.
  public var first: [UInt8]
  public var second: [UInt8]
  public var preference: PairVerdict
  /// nil for annotators that ask nobody.
  public var evidence: LabelEvidence?
  public var run: String
  public var annotator: String
  public var kind: String
  public var version: String
  /// Seconds since 1970-01-01 UTC.
  public var answeredAt: Double

  public init(
    first: [UInt8], second: [UInt8], preference: PairVerdict, evidence: LabelEvidence? = nil, run: String = "",
    annotator: String, kind: String, version: String, answeredAt: Double
  ) {
    self.first = first
    self.second = second
    self.preference = preference
    self.evidence = evidence
    self.run = run
    self.annotator = annotator
    self.kind = kind
    self.version = version
    self.answeredAt = answeredAt
  }

  /// Who judged by what.
  public var origin: LabelOrigin { LabelOrigin(kind: kind, version: version) }

  var digest: UInt64 {
    var digest = RecordDigest()
    digest.add(first)
    digest.add(second)
    digest.add(UInt64(preference.rawValue))
    digest.add(evidence)
    for text in [run, annotator, kind, version] { digest.add(text) }
    digest.add(answeredAt.bitPattern)
    return digest.value
  }
}
