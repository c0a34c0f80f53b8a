import Captions
import Foundation
import GRDB
import Runtime

/// Brings label stores of earlier versions up to date.
enum LabelMigration {
  /// Migrates an older schema, in one transaction, so that a failure leaves the file unchanged.
  static func run(_ connection: Database, path: String) throws {
    // Without this question first, opening a store of the present schema would wait for another writer.
    guard try LabelSchema.checkOwner(connection, path: path) < LabelSchema.version else { return }
    try connection.inTransaction(.immediate) {
      let version = try LabelSchema.checkOwner(connection, path: path)
      guard version < LabelSchema.version else { return .commit }
      if version == 1 { try renameAnswersOfSchema1(connection) } else { try dropViewsOfSchema2(connection) }
      try LabelSchema.createTextsForReaders(connection)
      if version == 1 { try copyAnswersOfSchema1(connection, path: path) } else { try escapeTexts(connection) }
      return .commit
    }
  }

  // MARK: From schema 2

  private static func dropViewsOfSchema2(_ connection: Database) throws {
    try connection.execute(sql: "DROP VIEW label; DROP VIEW valid_answer;")
  }

  /// Schema 2 had no texts for readers.
  private static func escapeTexts(_ connection: Database) throws {
    let columns = [
      "caption FROM answer", "asked FROM answer", "template FROM answer", "first FROM preference",
      "second FROM preference",
    ]
    let texts = columns.map { "SELECT \($0)" }.joined(separator: " UNION ")
    for text in try Data?.fetchAll(connection, sql: texts) {
      if let text { try EscapedTexts.add([UInt8](text), connection) }
    }
  }

  // MARK: From schema 1

  /// Schema 1 kept one table of answers without evidence.
  private static func renameAnswersOfSchema1(_ connection: Database) throws {
    try connection.execute(
      sql: """
        DROP VIEW label; DROP INDEX answer_by_caption;
        DROP TRIGGER IF EXISTS answer_is_never_changed; DROP TRIGGER IF EXISTS answer_is_never_deleted;
        ALTER TABLE answer RENAME TO answer_of_schema_1;
        """)
    try LabelSchema.createAnswers(connection)
  }

  /// Every row is compared with its digest before it gets a new one, so that damage does not become valid.
  private static func copyAnswersOfSchema1(_ connection: Database, path: String) throws {
    var writer = RowWriter(connection, path: path)
    let rows = try Row.fetchCursor(connection, sql: "SELECT * FROM answer_of_schema_1 ORDER BY sequence")
    while let row = try rows.next() {
      let record = try recordOfSchema1(row, path: path)
      try writer.insert(record, sequence: row["sequence"])
    }
    try connection.execute(sql: "DROP TABLE answer_of_schema_1")
  }

  private static func recordOfSchema1(_ row: Row, path: String) throws -> LabelRecord {
    let label: Double? = row["label"]
    let record = LabelRecord(
      caption: [UInt8](row["caption"] as Data), judgement: Judgement(label.map { .label(Float($0)) } ?? .abstain),
      source: RecordSource(
        annotator: row["annotator"], origin: LabelOrigin(kind: row["kind"], version: row["version"]),
        answeredAt: row["answered_at"]))
    guard Int64(bitPattern: digestOfSchema1(record)) == row["digest"] else {
      throw LabelStoreError.damaged("answer", row, path)
    }
    return record
  }

  /// FNV-1a over the caption, a zero byte, the label's four bytes (little-endian Float32; nothing for an abstention),
  /// annotator, kind and version with a zero byte before each, and the eight bytes of `answered_at` (little-endian
  /// Float64).
  static func digestOfSchema1(_ record: LabelRecord) -> UInt64 {
    var digest = ByteHash.fnv1a(record.caption)
    digest = ByteHash.fnv1a([0], continuing: digest)
    if let value = record.verdict.label {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { digest = ByteHash.fnv1a($0, continuing: digest) }
    }
    let source = record.source
    for field in [source.annotator, source.origin.kind, source.origin.version] {
      digest = ByteHash.fnv1a([0], continuing: digest)
      digest = ByteHash.fnv1a(field.utf8, continuing: digest)
    }
    return withUnsafeBytes(of: source.answeredAt.bitPattern.littleEndian) {
      ByteHash.fnv1a($0, continuing: digest)
    }
  }
}
