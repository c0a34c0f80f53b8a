import Captions

/// One exported answer. Captions and texts that were asked are escaped (see `EscapedText`); fields that an answer does not
/// have are absent.
struct LabelLine: Codable, Hashable {
  var caption: String
  /// Absent for an abstention.
  var label: Float?
  var logOdds: Float?
  var asked: String?
  var template: String?
  var run: String
  var annotator: String
  var kind: String
  var version: String
  var answeredAt: Double
  var prompt: String?
  var goal: String?
  var model: String?
  var server: String?
  var latencySeconds: Double?
  var promptTokens: Int?
  var answerTokens: Int?
  var samples: Int?
  /// In hexadecimal: JSON's readers seldom keep 64 bits.
  var answerDigest: String?

  init(_ record: LabelRecord) {
    caption = EscapedText.escape(record.caption)
    if case .label(let value) = record.verdict { label = value }
    logOdds = record.logOdds
    asked = record.asked.map(EscapedText.escape)
    template = record.template.map(EscapedText.escape)
    (run, annotator, kind, version) = (record.run, record.annotator, record.kind, record.version)
    answeredAt = record.answeredAt
    guard let evidence = record.evidence else { return }
    (prompt, goal, model, server) = (evidence.prompt, evidence.goal, evidence.model, evidence.server)
    latencySeconds = evidence.latencySeconds
    (promptTokens, answerTokens, samples) = (evidence.promptTokens, evidence.answerTokens, evidence.samples)
    answerDigest = String(evidence.answerDigest, radix: 16)
  }

  /// - Throws: what is wrong with the line, in words.
  func record() throws(LabelImportError.Problem) -> LabelRecord {
    var record = LabelRecord(
      caption: try Self.bytes(caption, "caption"), verdict: label.map { .label($0) } ?? .abstain, annotator: annotator,
      kind: kind, version: version, answeredAt: answeredAt)
    guard (1...CaptionLedger.maximumCaptionBytes).contains(record.caption.count) else {
      throw LabelImportError.Problem("caption has \(record.caption.count) bytes")
    }
    record.logOdds = logOdds
    if let asked { record.asked = try Self.bytes(asked, "asked") }
    if let template { record.template = try Self.bytes(template, "template") }
    record.run = run
    record.evidence = try evidence()
    return record
  }

  private func evidence() throws(LabelImportError.Problem) -> LabelEvidence? {
    guard let prompt, let goal, let model, let server, let latencySeconds, let promptTokens, let answerTokens,
      let samples, let answerDigest
    else {
      let fields: [Any?] = [
        prompt, goal, model, server, latencySeconds, promptTokens, answerTokens, samples, answerDigest,
      ]
      guard fields.allSatisfy({ $0 == nil }) else {
        throw LabelImportError.Problem("evidence (prompt ... answerDigest) must be there as a whole or not at all")
      }
      return nil
    }
    guard let digest = UInt64(answerDigest, radix: 16) else {
      throw LabelImportError.Problem("answerDigest is not a hexadecimal number")
    }
    return LabelEvidence(
      prompt: prompt, goal: goal, model: model, server: server, latencySeconds: latencySeconds,
      promptTokens: promptTokens, answerTokens: answerTokens, samples: samples, answerDigest: digest)
  }

  private static func bytes(_ text: String, _ field: String) throws(LabelImportError.Problem) -> [UInt8] {
    guard let bytes = EscapedText.unescape(text) else {
      throw LabelImportError.Problem("\(field) has a backslash that begins neither \\\\ nor \\xHH")
    }
    return bytes
  }
}
