import GRDB

extension LabelStore {
  /// The whole schema. `sequence` is the order of arrival. The view takes, for each caption, the row of its highest
  /// sequence (SQLite gives the other columns of a max() group from that row).
  private static let schema = """
    CREATE TABLE answer (
      sequence INTEGER PRIMARY KEY,
      caption BLOB NOT NULL CHECK (length(caption) BETWEEN 1 AND \(CaptionLedger.maximumCaptionBytes)),
      label REAL,
      abstained INTEGER NOT NULL CHECK (abstained = (label IS NULL)),
      annotator TEXT NOT NULL,
      kind TEXT NOT NULL,
      version TEXT NOT NULL,
      answered_at REAL NOT NULL,
      digest INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX answer_by_caption ON answer (caption, sequence);
    CREATE TRIGGER answer_is_never_changed BEFORE UPDATE ON answer
      BEGIN SELECT RAISE(ABORT, 'answers are never changed'); END;
    CREATE TRIGGER answer_is_never_deleted BEFORE DELETE ON answer
      BEGIN SELECT RAISE(ABORT, 'answers are never deleted'); END;
    CREATE VIEW label AS
      SELECT max(sequence) AS sequence, caption, label, abstained, annotator, kind, version, answered_at, digest,
        CAST(caption AS TEXT) AS text
      FROM answer GROUP BY caption;
    """

  /// Makes a new file into a label store, or checks that an old one is one and is whole.
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
      // WAL with synchronous = FULL syncs the log at every commit, so an answer survives a power cut the moment
      // append returns. NORMAL would sync only at checkpoints: safe against a killed process, not a dead machine. A
      // batch costs one sync, which is small beside a language model's answer.
      try connection.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
    }
  }

  /// Throws unless the file is a label store of a schema that this version reads.
  static func checkOwner(_ connection: Database, path: String) throws {
    guard try Int32.fetchOne(connection, sql: "PRAGMA application_id") == applicationID else {
      throw LabelStoreError(path: path, reason: .foreign)
    }
    let version = try Int.fetchOne(connection, sql: "PRAGMA user_version") ?? 0
    guard version <= schemaVersion else {
      throw LabelStoreError(path: path, reason: .newerSchema(version))
    }
  }

  /// Whether there is nothing in the file: it may have been made by this very open.
  private static func isEmpty(_ connection: Database) throws -> Bool {
    let pages = try Int.fetchOne(connection, sql: "PRAGMA page_count") ?? 0
    let objects = try Int.fetchOne(connection, sql: "SELECT count(*) FROM sqlite_master") ?? 0
    let owner = try Int32.fetchOne(connection, sql: "PRAGMA application_id") ?? 0
    return pages <= 1 && objects == 0 && owner == 0
  }

  /// Creates the schema in one transaction; a process that was faster leaves nothing to do.
  private static func create(_ connection: Database) throws {
    try connection.inTransaction(.immediate) {
      guard try isEmpty(connection) else { return .commit }
      try connection.execute(sql: schema)
      try connection.execute(sql: "PRAGMA application_id = \(applicationID)")
      try connection.execute(sql: "PRAGMA user_version = \(schemaVersion)")
      return .commit
    }
  }
}
