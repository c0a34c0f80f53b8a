import Foundation

/// How labels are written to a file: one answer a line, in the order of their arrival.
///
/// `jsonl` is one JSON object a line with sorted keys. `csv` is RFC 4180 with a header line and CRLF; a field that is
/// absent is empty, one that is there and empty is `""`, and texts have their control characters escaped, so that a
/// record is always one line. Captions have every byte that is not UTF-8 escaped as `\xHH` in both. What is exported,
/// imported and exported again is the same, byte for byte.
public enum LabelFormat: String, Sendable, CaseIterable {
  case jsonl, csv

  /// What stands before the first record.
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

  /// Reads one line, without its end.
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
