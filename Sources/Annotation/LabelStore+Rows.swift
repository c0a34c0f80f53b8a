import Environments
import Foundation
import GRDB

extension LabelStore {
  static let insertion = """
    INSERT INTO answer (caption, label, abstained, annotator, kind, version, answered_at, digest)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    """

  static let counting = """
    SELECT (SELECT count(*) FROM answer) AS answers, count(label) AS labelled,
      coalesce(sum(label > 0), 0) AS positive, coalesce(sum(abstained), 0) AS abstained
    FROM label
    """

  /// The values of a row, in the order of `insertion`.
  static func arguments(of record: LabelRecord, path: String) throws -> StatementArguments {
    guard (1...CaptionLedger.maximumCaptionBytes).contains(record.caption.count) else {
      throw LabelStoreError(path: path, reason: .refused("a caption of \(record.caption.count) bytes"))
    }
    var label: Double?
    if case .label(let value) = record.verdict {
      guard value.isFinite else {
        throw LabelStoreError(path: path, reason: .refused("the label \(value) of \(text(record.caption))"))
      }
      label = Double(value)
    }
    return [
      Data(record.caption), label, label == nil, record.annotator, record.kind, record.version, record.answeredAt,
      Int64(bitPattern: digest(of: record)),
    ]
  }

  /// A row as a record.
  static func record(of row: Row, path: String) throws -> LabelRecord {
    let caption = [UInt8](row["caption"] as Data)
    let label: Double? = row["label"]
    let record = LabelRecord(
      caption: caption, verdict: label.map { .label(Float($0)) } ?? .abstain, annotator: row["annotator"],
      kind: row["kind"], version: row["version"], answeredAt: row["answered_at"])
    guard Int64(bitPattern: digest(of: record)) == row["digest"] else {
      let sequence: Int64 = row["sequence"]
      throw LabelStoreError(
        path: path, reason: .damaged("answer \(sequence) (\(text(caption))) does not match its digest"))
    }
    return record
  }

  /// FNV-1a over the caption, a zero byte, the label's four bytes (little-endian Float32; nothing for an abstention),
  /// annotator, kind and version with a zero byte before each, and the eight bytes of `answered_at` (little-endian
  /// Float64). SQLite keeps no checksums of its own.
  static func digest(of record: LabelRecord) -> UInt64 {
    var digest = ByteHash.fnv1a(record.caption)
    digest = ByteHash.fnv1a([0], continuing: digest)
    if case .label(let value) = record.verdict {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { digest = ByteHash.fnv1a($0, continuing: digest) }
    }
    for field in [record.annotator, record.kind, record.version] {
      digest = ByteHash.fnv1a([0], continuing: digest)
      digest = ByteHash.fnv1a(field.utf8, continuing: digest)
    }
    return withUnsafeBytes(of: record.answeredAt.bitPattern.littleEndian) {
      ByteHash.fnv1a($0, continuing: digest)
    }
  }

  private static func text(_ caption: [UInt8]) -> String { String(decoding: caption, as: UTF8.self) }

  /// Runs `body` and turns SQLite's errors into the store's.
  static func reporting<Result>(
    _ path: String, opening: Bool = false, _ body: () throws -> Result
  ) throws(LabelStoreError) -> Result {
    do {
      return try body()
    } catch let error as LabelStoreError {
      throw error
    } catch let error as DatabaseError {
      throw LabelStoreError(path: path, reason: reason(of: error, opening: opening))
    } catch {
      throw LabelStoreError(path: path, reason: .failed("\(error)"))
    }
  }

  private static func reason(of error: DatabaseError, opening: Bool) -> LabelStoreError.Reason {
    let words = error.message ?? "\(error.resultCode)"
    return switch error.resultCode {
    case .SQLITE_NOTADB: .notADatabase
    case .SQLITE_CORRUPT: .damaged(words)
    case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
    case .SQLITE_CANTOPEN, .SQLITE_PERM: .cannotOpen(words)
    default: opening ? .cannotOpen(words) : .failed(words)
    }
  }
}
