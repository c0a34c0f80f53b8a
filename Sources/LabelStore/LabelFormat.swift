import Foundation

/// The file formats of exported labels: one answer per line, in the order of arrival.
///
/// `jsonl` is one JSON object per line with sorted keys. `csv` is RFC 4180 with a header line and CRLF; an absent field
/// is empty, an empty text is `""`, and control characters are escaped, so that a record is always one line. In both,
/// every byte of a caption that is not UTF-8 is escaped as `\xHH`. Export, import and export again give the same bytes.
public enum LabelFormat: String, Sendable, CaseIterable {
  case jsonl, csv

  /// The text before the first record.
  var header: String { self == .csv ? Self.columns.map(\.name).joined(separator: ",") + "\r\n" : "" }

  func line(_ record: LabelRecord) throws -> String {
    let line = LabelLine(record)
    switch self {
    case .jsonl:
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(line), as: UTF8.self) + "\n"
    case .csv: return Self.columns.map { Self.quoted($0.text(line)) }.joined(separator: ",") + "\r\n"
    }
  }

  /// Reads one line without its line end.
  func record(_ line: String) throws(LabelImportError.Problem) -> LabelRecord {
    switch self {
    case .jsonl:
      let decoded: LabelLine
      do {
        decoded = try JSONDecoder().decode(LabelLine.self, from: Data(line.utf8))
      } catch DecodingError.keyNotFound(let key, _) {
        throw LabelImportError.Problem("\(key.stringValue) is missing")
      } catch DecodingError.typeMismatch(_, let context) {
        throw LabelImportError.Problem("\(context.codingPath.last?.stringValue ?? "the line") is of the wrong type")
      } catch {
        throw LabelImportError.Problem("not a JSON object of a label")
      }
      return try decoded.record()
    case .csv: return try Self.csvRecord(line)
    }
  }
}

extension LabelFormat {
  /// One column of the table: its text in a line, and the reverse (false if the text cannot be read).
  struct Column {
    let name: String
    let text: (LabelLine) -> String?
    let set: (inout LabelLine, String?) -> Bool

    /// A required text.
    static func text(_ name: String, _ key: WritableKeyPath<LabelLine, String>) -> Column {
      Column(
        name: name, text: { EscapedText.escape(Array($0[keyPath: key].utf8)) },
        set: { line, text in
          guard let text, let bytes = EscapedText.unescape(text) else { return false }
          line[keyPath: key] = String(decoding: bytes, as: UTF8.self)
          return true
        })
    }

    static func text(_ name: String, _ key: WritableKeyPath<LabelLine, String?>) -> Column {
      Column(
        name: name, text: { $0[keyPath: key].map { EscapedText.escape(Array($0.utf8)) } },
        set: { line, text in
          guard let text else {
            line[keyPath: key] = nil
            return true
          }
          guard let bytes = EscapedText.unescape(text) else { return false }
          line[keyPath: key] = String(decoding: bytes, as: UTF8.self)
          return true
        })
    }

    static func number<Number: LosslessStringConvertible>(
      _ name: String, _ key: WritableKeyPath<LabelLine, Number?>
    ) -> Column {
      Column(
        name: name, text: { $0[keyPath: key].map(\.description) },
        set: { line, text in
          line[keyPath: key] = text.flatMap { Number($0) }
          return text == nil || line[keyPath: key] != nil
        })
    }
  }

  /// Captions and asked texts are already escaped and are written unchanged.
  static var columns: [Column] {
    [
      Column(
        name: "caption", text: { $0.caption },
        set: { line, text in
          line.caption = text ?? ""
          return text != nil
        }),
      .number("label", \.label), .number("logOdds", \.logOdds),
      Column(
        name: "asked", text: { $0.asked },
        set: { line, text in
          line.asked = text
          return true
        }),
      Column(
        name: "template", text: { $0.template },
        set: { line, text in
          line.template = text
          return true
        }),
      .text("run", \.run), .text("annotator", \.annotator), .text("kind", \.kind), .text("version", \.version),
      Column(
        name: "answeredAt", text: { $0.answeredAt.description },
        set: { line, text in
          line.answeredAt = text.flatMap(Double.init) ?? .nan
          return line.answeredAt.isFinite
        }),
      .text("prompt", \.prompt), .text("goal", \.goal), .text("model", \.model), .text("server", \.server),
      .number("latencySeconds", \.latencySeconds), .number("promptTokens", \.promptTokens),
      .number("answerTokens", \.answerTokens), .number("samples", \.samples), .text("answerDigest", \.answerDigest),
    ]
  }

  static func csvRecord(_ line: String) throws(LabelImportError.Problem) -> LabelRecord {
    guard let fields = fields(line) else { throw LabelImportError.Problem("a quote is in the wrong place") }
    let columns = columns
    guard fields.count == columns.count else {
      throw LabelImportError.Problem("\(fields.count) fields instead of \(columns.count)")
    }
    var read = LabelLine()
    for (column, field) in zip(columns, fields) where !column.set(&read, field) {
      throw LabelImportError.Problem("\(column.name) cannot be read: \(field ?? "nothing there")")
    }
    return try read.record()
  }

  /// Quotes as RFC 4180 requires, and quotes the empty text, which differs from an absent field.
  static func quoted(_ text: String?) -> String {
    guard let text else { return "" }
    guard text.isEmpty || text.utf8.contains(where: { [34, 44, 10, 13].contains($0) }) else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  /// The fields of a line, with nil for absent ones; nil if the line is malformed.
  private static func fields(_ line: String) -> [String?]? {
    var fields: [String?] = []
    var rest = Array(line.utf8)[...]
    while true {
      if rest.first == UInt8(ascii: "\"") {
        guard let text = quotedField(&rest) else { return nil }
        fields.append(text)
      } else {
        let text = rest.prefix { $0 != UInt8(ascii: ",") }
        guard !text.contains(UInt8(ascii: "\"")) else { return nil }
        fields.append(text.isEmpty ? nil : String(decoding: text, as: UTF8.self))
        rest = rest.dropFirst(text.count)
      }
      if rest.isEmpty { return fields }
      guard rest.popFirst() == UInt8(ascii: ",") else { return nil }
    }
  }

  private static func quotedField(_ rest: inout ArraySlice<UInt8>) -> String? {
    let quote = UInt8(ascii: "\"")
    var text: [UInt8] = []
    rest = rest.dropFirst()
    while let byte = rest.popFirst() {
      if byte != quote {
        text.append(byte)
      } else if rest.first == quote {
        text.append(quote)
        rest = rest.dropFirst()
      } else {
        return String(decoding: text, as: UTF8.self)
      }
    }
    return nil
  }
}
