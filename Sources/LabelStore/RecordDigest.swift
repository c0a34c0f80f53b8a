import Captions
import Runtime

/// FNV-1a over a row's fields. Every field goes in with its length or a mark for NULL before it, so that no two rows
/// have the same bytes. SQLite keeps no checksums of its own.
struct RecordDigest {
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
}

extension LabelRecord {
  /// Over every column but the sequence.
  var digest: UInt64 {
    var digest = RecordDigest()
    digest.add(caption)
    if case .label(let value) = verdict { digest.addOptional(value) } else { digest.addOptional(nil as Float?) }
    digest.addOptional(logOdds)
    digest.add(evidence)
    digest.addOptional(asked)
    digest.addOptional(template)
    for text in [run, annotator, kind, version] { digest.add(text) }
    digest.add(answeredAt.bitPattern)
    return digest.value
  }
}
