import Captions
import Foundation
import GRDB
import Runtime

/// The tables of a label store and their migration.
enum LabelSchema {
  /// The version that this code writes, in the file's `user_version`.
  static let version = 2
  /// The file's `application_id`: "TngL".
  private static let applicationID: Int32 = 0x546E_674C

  /// Columns that answers and preferences share. Repeated texts are numbers of `term`. The columns of the evidence are
  /// either all present or all NULL.
  private static let originColumns = """
    run INTEGER NOT NULL REFERENCES term, annotator INTEGER NOT NULL REFERENCES term,
      kind INTEGER NOT NULL REFERENCES term, version INTEGER NOT NULL REFERENCES term, answered_at REAL NOT NULL,
      prompt INTEGER REFERENCES term, goal INTEGER REFERENCES term, model INTEGER REFERENCES term,
      server INTEGER REFERENCES term, latency REAL, prompt_tokens INTEGER, answer_tokens INTEGER, samples INTEGER,
      answer_digest INTEGER, digest INTEGER NOT NULL,
      CHECK ((prompt IS NULL) + (goal IS NULL) + (model IS NULL) + (server IS NULL) + (latency IS NULL)
        + (prompt_tokens IS NULL) + (answer_tokens IS NULL) + (samples IS NULL) + (answer_digest IS NULL) IN (0, 9))
    """

  private static func captionCheck(_ column: String) -> String {
    "\(column) BLOB NOT NULL CHECK (length(\(column)) BETWEEN 1 AND \(CaptionLedger.maximumCaptionBytes))"
  }

  /// The tables. `sequence` is the order of arrival. A withdrawal takes back all answers to a caption up to a sequence.
  private static let tables = """
    CREATE TABLE term (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE answer (
      sequence INTEGER PRIMARY KEY, \(captionCheck("caption")),
      label REAL, abstained INTEGER NOT NULL CHECK (abstained = (label IS NULL)), log_odds REAL,
      asked BLOB, template BLOB, \(originColumns)
    ) STRICT;
    CREATE INDEX answer_by_caption ON answer (caption, sequence);
    CREATE TABLE withdrawal (
      sequence INTEGER PRIMARY KEY, \(captionCheck("caption")),
      through INTEGER NOT NULL REFERENCES answer, withdrawn_at REAL NOT NULL
    ) STRICT;
    CREATE INDEX withdrawal_by_caption ON withdrawal (caption, through);
    CREATE TABLE preference (
      sequence INTEGER PRIMARY KEY, \(captionCheck("first")), \(captionCheck("second")),
      outcome INTEGER NOT NULL CHECK (outcome BETWEEN 0 AND 3), \(originColumns), CHECK (first != second)
    ) STRICT;
    """

  /// `valid_answer`: answers that no withdrawal covers. `label`: the latest of those for each caption (SQLite takes the
  /// other columns of a max() group from that row) with its terms as text, for use in an SQLite shell.
  private static let views = """
    CREATE VIEW valid_answer AS SELECT * FROM answer AS a WHERE a.sequence >
      coalesce((SELECT max(w.through) FROM withdrawal AS w WHERE w.caption = a.caption), 0);
    CREATE VIEW label AS
      SELECT max(a.sequence) AS sequence, a.caption, CAST(a.caption AS TEXT) AS text, a.label, a.abstained, a.log_odds,
        k.text AS kind, v.text AS version, n.text AS annotator, g.text AS goal, m.text AS model, a.answered_at
      FROM valid_answer AS a JOIN term AS k ON k.id = a.kind JOIN term AS v ON v.id = a.version
        JOIN term AS n ON n.id = a.annotator LEFT JOIN term AS g ON g.id = a.goal LEFT JOIN term AS m ON m.id = a.model
      GROUP BY a.caption;
    """

  /// Rows are never changed or deleted.
  private static let triggers: String = ["term", "answer", "withdrawal", "preference"].map { table in
    """
    CREATE TRIGGER \(table)_is_never_changed BEFORE UPDATE ON \(table)
      BEGIN SELECT RAISE(ABORT, '\(table)s are never changed'); END;
    CREATE TRIGGER \(table)_is_never_deleted BEFORE DELETE ON \(table)
      BEGIN SELECT RAISE(ABORT, '\(table)s are never deleted'); END;
    """
  }.joined(separator: "\n")

  /// Creates the schema in a new file. Checks that an existing file is an undamaged label store, and migrates an older
  /// schema.
  static func prepare(_ database: DatabaseQueue, path: String) throws {
    try database.writeWithoutTransaction { connection in
      if try isEmpty(connection) {
        try connection.execute(sql: "PRAGMA journal_mode = WAL")
        try create(connection)
      }
      try checkOwner(connection, path: path)
      let findings = try String.fetchAll(connection, sql: "PRAGMA quick_check(3)")
      guard findings == ["ok"] else {
        throw LabelStoreError(path: path, reason: .damaged(findings.joined(separator: "; ")))
      }
      // WAL with synchronous = FULL syncs the log at every commit, so an answer survives a power failure as soon as
      // `append` returns. NORMAL would sync only at checkpoints, which is safe if the process is killed, but not if the
      // machine fails. A batch costs one sync, which takes little time compared with a language model's answer.
      try connection.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
      try migrate(connection, path: path)
    }
  }

  /// Throws unless the file is a label store of a schema that this version knows.
  /// - Returns: the schema's number.
  @discardableResult
  static func checkOwner(_ connection: Database, path: String) throws -> Int {
    guard try Int32.fetchOne(connection, sql: "PRAGMA application_id") == applicationID else {
      throw LabelStoreError(path: path, reason: .foreign)
    }
    let version = try Int.fetchOne(connection, sql: "PRAGMA user_version") ?? 0
    guard version <= Self.version else {
      throw LabelStoreError(path: path, reason: .newerSchema(version))
    }
    return version
  }

  /// Whether the file is empty, for example because opening it has created it.
  private static func isEmpty(_ connection: Database) throws -> Bool {
    let pages = try Int.fetchOne(connection, sql: "PRAGMA page_count") ?? 0
    let objects = try Int.fetchOne(connection, sql: "SELECT count(*) FROM sqlite_master") ?? 0
    let owner = try Int32.fetchOne(connection, sql: "PRAGMA application_id") ?? 0
    return pages <= 1 && objects == 0 && owner == 0
  }

  /// Creates the schema in one transaction, unless another process was faster.
  private static func create(_ connection: Database) throws {
    try connection.inTransaction(.immediate) {
      guard try isEmpty(connection) else { return .commit }
      try createSchema(connection)
      try connection.execute(sql: "PRAGMA application_id = \(applicationID)")
      return .commit
    }
  }

  private static func createSchema(_ connection: Database) throws {
    for part in [tables, views, triggers] { try connection.execute(sql: part) }
    try connection.execute(sql: "PRAGMA user_version = \(version)")
  }

  /// Schema 1 kept one table of answers without evidence. Every row is compared with its digest before it gets a new
  /// one, so that damage does not become valid. It is one transaction, so that a failure leaves the file unchanged.
  private static func migrate(_ connection: Database, path: String) throws {
    // Without this question first, opening a store of the present schema would wait for another writer.
    guard try checkOwner(connection, path: path) == 1 else { return }
    try connection.inTransaction(.immediate) {
      guard try checkOwner(connection, path: path) == 1 else { return .commit }
      try connection.execute(
        sql: """
          DROP VIEW label; DROP INDEX answer_by_caption;
          DROP TRIGGER IF EXISTS answer_is_never_changed; DROP TRIGGER IF EXISTS answer_is_never_deleted;
          ALTER TABLE answer RENAME TO answer_of_schema_1;
          """)
      try createSchema(connection)
      var writer = RowWriter(connection, path: path)
      let rows = try Row.fetchCursor(connection, sql: "SELECT * FROM answer_of_schema_1 ORDER BY sequence")
      while let row = try rows.next() {
        let record = try recordOfSchema1(row, path: path)
        try writer.insert(record, sequence: row["sequence"])
      }
      try connection.execute(sql: "DROP TABLE answer_of_schema_1")
      return .commit
    }
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
