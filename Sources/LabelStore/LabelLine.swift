import Captions
import Runtime

/// One exported answer. Captions and asked texts are escaped (see `EscapedText`). Fields without a value are absent.
struct LabelLine: Codable, Hashable {
  var caption = ""
  /// The label; absent for an abstention.
  var label: Float?
  var logOdds: Float?
  var asked: String?
  var template: String?
  var run = ""
  var annotator = ""
  var kind = ""
  var version = ""
  var answeredAt = 0.0
  var prompt: String?
  var goal: String?
  var model: String?
  var server: String?
  var latencySeconds: Double?
  var promptTokens: Int?
  var answerTokens: Int?
  var samples: Int?
  /// Hexadecimal, because many JSON readers do not keep 64-bit integers.
  var answerDigest: String?

  /// A line with empty fields.
  init() {}

  init(_ record: LabelRecord) {
    caption = EscapedText.escape(record.caption)
    label = record.verdict.label
    logOdds = record.judgement.logOdds
    asked = record.judgement.asked.map(EscapedText.escape)
    template = record.template.map(EscapedText.escape)
    let source = record.source
    (run, annotator, answeredAt) = (source.run, source.annotator, source.answeredAt)
    (kind, version) = (source.origin.kind, source.origin.version)
    guard let evidence = record.judgement.evidence else { return }
    (prompt, goal, model, server) = (evidence.prompt, evidence.goal, evidence.model, evidence.server)
    latencySeconds = evidence.latencySeconds
    (promptTokens, answerTokens, samples) = (evidence.promptTokens, evidence.answerTokens, evidence.samples)
    answerDigest = String(evidence.answerDigest, radix: 16)
  }

  /// - Throws: the problem with the line.
  func record() throws(LabelImportError.Problem) -> LabelRecord {
    var record = LabelRecord(
      caption: try Self.bytes(caption, "caption"),
      judgement: Judgement(label.map { .label($0) } ?? .abstain, logOdds: logOdds),
      source: RecordSource(
        run: run, annotator: annotator, origin: LabelOrigin(kind: kind, version: version), answeredAt: answeredAt))
    guard (1...CaptionLedger.maximumCaptionBytes).contains(record.caption.count) else {
      throw LabelImportError.Problem("caption has \(record.caption.count) bytes")
    }
    if let asked { record.judgement.asked = try Self.bytes(asked, "asked") }
    if let template { record.template = try Self.bytes(template, "template") }
    record.judgement.evidence = try evidence()
    if let fault = record.judgement.fault { throw LabelImportError.Problem(fault) }
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

/// Reversible form of bytes as one line of text: UTF-8 stays unchanged, a backslash is doubled, and control characters
/// and bytes that are not UTF-8 become `\xHH`.
public enum EscapedText {
  public static func escape(_ bytes: [UInt8]) -> String {
    var text = ""
    var rest = bytes[...]
    while let first = rest.first {
      if let scalar = scalar(at: rest) {
        if scalar == "\\" {
          text += "\\\\"
        } else if scalar.isHidden {
          for byte in rest.prefix(UTF8.width(scalar)) { text += hex(byte) }
        } else {
          text.unicodeScalars.append(scalar)
        }
        rest = rest.dropFirst(UTF8.width(scalar))
      } else {
        text += hex(first)
        rest = rest.dropFirst()
      }
    }
    return text
  }

  /// - Returns: nil if a backslash does not begin `\\` or `\xHH`.
  public static func unescape(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "\\"): bytes.append(byte)
      case UInt8(ascii: "x"):
        guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
          return nil
        }
        bytes.append(value)
        rest = rest.dropFirst(2)
      default: return nil
      }
    }
    return bytes
  }

  private static func hex(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return "\\x" + (digits.count == 1 ? "0" : "") + digits
  }

  /// The scalar of the complete and valid UTF-8 sequence that begins here; nil if there is none.
  private static func scalar(at bytes: ArraySlice<UInt8>) -> Unicode.Scalar? {
    var decoder = UTF8()
    var iterator = bytes.prefix(4).makeIterator()
    guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { return nil }
    return scalar
  }
}

/// Why a file of labels cannot be imported. Nothing of it was imported.
public struct LabelImportError: Error, CustomStringConvertible, Sendable, Hashable {
  public let file: String
  /// From 1.
  public let line: Int
  public let problem: String

  public var description: String { "\(file), line \(line): \(problem)" }

  /// What is wrong with a line, without the line's number.
  struct Problem: Error {
    let text: String

    init(_ text: String) { self.text = text }
  }
}
