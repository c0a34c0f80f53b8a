import Captions
import GRDB

/// The tables of a label store and their migration.
enum LabelSchema {
  /// The version that this code writes, in the file's `user_version`.
  static let version = 3
  /// The oldest schema whose answers are read as they are, so that a file opened for reading needs no migration.
  static let oldestReadable = 2
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

  /// Since schema 3. `escaped`: the texts that are not printable UTF-8, in the form of `EscapedText`, because a view cannot
  /// escape and a program that reads one byte of another encoding fails (Python's sqlite3, and so pandas and datasette).
  /// `unreadable`: the first answer of each kind that could not be read, for people; of a pair, its first caption.
  private static let tablesForReaders = """
    CREATE TABLE escaped (bytes BLOB PRIMARY KEY, text TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE unreadable (
      sequence INTEGER PRIMARY KEY, \(captionCheck("caption")), reason TEXT NOT NULL, said TEXT NOT NULL,
      kind TEXT NOT NULL, version TEXT NOT NULL, model TEXT NOT NULL, server TEXT NOT NULL, annotator TEXT NOT NULL,
      run TEXT NOT NULL, answered_at REAL NOT NULL, UNIQUE (kind, version, reason)
    ) STRICT;
    """

  /// A column of bytes as the text of a view.
  private static func text(_ column: String) -> String {
    "coalesce((SELECT text FROM escaped WHERE bytes = \(column)), CAST(\(column) AS TEXT))"
  }

  /// `valid_answer`: answers that no withdrawal covers. For SQLite shells and other programs, with texts that all of them
  /// can read: `label`, the latest valid answer for each caption (SQLite takes the other columns of a max() group from
  /// that row), and `compared`, the answers about pairs.
  private static let views = """
    CREATE VIEW valid_answer AS SELECT * FROM answer AS a WHERE a.sequence >
      coalesce((SELECT max(w.through) FROM withdrawal AS w WHERE w.caption = a.caption), 0);
    CREATE VIEW label AS
      SELECT max(a.sequence) AS sequence, a.caption, \(text("a.caption")) AS text, a.label, a.abstained, a.log_odds,
        \(text("a.asked")) AS asked, \(text("a.template")) AS template,
        k.text AS kind, v.text AS version, n.text AS annotator, g.text AS goal, m.text AS model, a.answered_at
      FROM valid_answer AS a JOIN term AS k ON k.id = a.kind JOIN term AS v ON v.id = a.version
        JOIN term AS n ON n.id = a.annotator LEFT JOIN term AS g ON g.id = a.goal LEFT JOIN term AS m ON m.id = a.model
      GROUP BY a.caption;
    CREATE VIEW compared AS
      SELECT p.sequence, \(text("p.first")) AS first, \(text("p.second")) AS second, p.outcome,
        k.text AS kind, v.text AS version, n.text AS annotator, m.text AS model, p.answered_at
      FROM preference AS p JOIN term AS k ON k.id = p.kind JOIN term AS v ON v.id = p.version
        JOIN term AS n ON n.id = p.annotator LEFT JOIN term AS m ON m.id = p.model;
    """

  /// Rows are never changed or deleted.
  private static func triggers(_ tables: [String]) -> String {
    tables.map { table in
      """
      CREATE TRIGGER \(table)_is_never_changed BEFORE UPDATE ON \(table)
        BEGIN SELECT RAISE(ABORT, 'rows of \(table) are never changed'); END;
      CREATE TRIGGER \(table)_is_never_deleted BEFORE DELETE ON \(table)
        BEGIN SELECT RAISE(ABORT, 'rows of \(table) are never deleted'); END;
      """
    }.joined(separator: "\n")
  }

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
      try LabelMigration.run(connection, path: path)
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
      try createAnswers(connection)
      try createTextsForReaders(connection)
      try connection.execute(sql: "PRAGMA application_id = \(applicationID)")
      return .commit
    }
  }

  /// Creates the tables of answers as they are since schema 2.
  static func createAnswers(_ connection: Database) throws {
    try connection.execute(sql: tables)
    try connection.execute(sql: triggers(["term", "answer", "withdrawal", "preference"]))
  }

  /// Creates what schema 3 adds for programs that read the file.
  static func createTextsForReaders(_ connection: Database) throws {
    try connection.execute(sql: tablesForReaders)
    try connection.execute(sql: triggers(["escaped", "unreadable"]))
    try connection.execute(sql: views)
    try connection.execute(sql: "PRAGMA user_version = \(version)")
  }
}
