import Captions
import Runtime

/// Who gave a stored answer, for which run, how and when.
public struct RecordSource: Sendable, Hashable {
  /// Name of the run that asked; empty for answers that are older than this field.
  public var run: String
  /// Name of the annotator that answered.
  public var annotator: String
  /// Kind and version of the annotator.
  public var origin: LabelOrigin
  /// Seconds since 1970-01-01 UTC.
  public var answeredAt: Double

  public init(run: String = "", annotator: String, origin: LabelOrigin, answeredAt: Double) {
    self.run = run
    self.annotator = annotator
    self.origin = origin
    self.answeredAt = answeredAt
  }
}

/// One stored answer about a caption.
public struct LabelRecord: Sendable, Hashable {
  /// 1 ... 256 raw bytes.
  public var caption: [UInt8]
  public var judgement: Judgement
  /// The template whose captions all share this answer; nil if it is about this caption alone.
  public var template: [UInt8]?
  public var source: RecordSource

  public init(caption: [UInt8], judgement: Judgement, template: [UInt8]? = nil, source: RecordSource) {
    self.caption = caption
    self.judgement = judgement
    self.template = template
    self.source = source
  }

  public var verdict: Verdict { judgement.verdict }

  /// Digest of every column except the sequence number and the digest itself.
  var digest: UInt64 {
    var digest = RecordDigest()
    digest.add(caption)
    digest.addOptional(verdict.label)
    digest.addOptional(judgement.logOdds)
    digest.add(judgement.evidence)
    digest.addOptional(judgement.asked)
    digest.addOptional(template)
    digest.add(source)
    return digest.value
  }
}

/// One stored answer about a pair of captions.
public struct PreferenceRecord: Sendable, Hashable {
  /// 1 ... 256 raw bytes.
  public var first: [UInt8]
  /// 1 ... 256 raw bytes, different from `first`.
  public var second: [UInt8]
  public var judgement: PairJudgement
  public var source: RecordSource

  public init(first: [UInt8], second: [UInt8], judgement: PairJudgement, source: RecordSource) {
    self.first = first
    self.second = second
    self.judgement = judgement
    self.source = source
  }

  /// Digest of every column except the sequence number and the digest itself.
  var digest: UInt64 {
    var digest = RecordDigest()
    digest.add(first)
    digest.add(second)
    digest.add(UInt64(judgement.verdict.rawValue))
    digest.add(judgement.evidence)
    digest.add(source)
    return digest.value
  }
}

/// 64-bit FNV-1a over the fields of a row, because SQLite keeps no checksums. Every field is preceded by its length or
/// by a mark for NULL, so that different rows never have the same byte sequence.
private struct RecordDigest {
  private(set) var value = ByteHash.fnv1a([])

  mutating func add(_ bytes: some Collection<UInt8>) {
    add(UInt64(bytes.count))
    value = ByteHash.fnv1a(bytes, continuing: value)
  }

  mutating func add(_ text: String) { add(text.utf8) }

  mutating func add(_ number: UInt64) {
    withUnsafeBytes(of: number.littleEndian) { value = ByteHash.fnv1a($0, continuing: value) }
  }

  mutating func addOptional(_ bytes: [UInt8]?) {
    add(UInt64(bytes == nil ? 0 : 1))
    if let bytes { add(bytes) }
  }

  mutating func addOptional(_ number: Float?) {
    add(number.map { UInt64($0.bitPattern) } ?? .max)
  }

  mutating func add(_ evidence: LabelEvidence?) {
    add(UInt64(evidence == nil ? 0 : 1))
    guard let evidence else { return }
    for text in [evidence.prompt, evidence.goal, evidence.model, evidence.server] { add(text) }
    add(evidence.latencySeconds.bitPattern)
    for count in [evidence.promptTokens, evidence.answerTokens, evidence.samples] {
      add(UInt64(bitPattern: Int64(count)))
    }
    add(evidence.answerDigest)
  }

  mutating func add(_ source: RecordSource) {
    for text in [source.run, source.annotator, source.origin.kind, source.origin.version] { add(text) }
    add(source.answeredAt.bitPattern)
  }
}
