import Foundation
import GRDB

@testable import LabelStore

/// A label store as the first version of the schema was.
enum Schema1 {
  private static let schema = """
    CREATE TABLE answer (
      sequence INTEGER PRIMARY KEY,
      caption BLOB NOT NULL CHECK (length(caption) BETWEEN 1 AND 256),
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
    PRAGMA application_id = 0x546E674C;
    PRAGMA user_version = 1;
    """

  /// Digests as that version computed them, so that the code under test does not vouch for itself.
  private static let rows: [(LabelRecord, UInt64)] = [
    (record("a", .label(0), at: 1.5), 0x57f4_235b_c688_91af),
    (record("b", .label(1), annotator: "bert"), 0x22b8_4f88_9ff8_e7c0),
    (record("a", .abstain, version: "2"), 0x2d0b_5b60_5e0a_358a),
  ]

  /// - Returns: what was written, in order.
  static func write(to path: String) throws -> [LabelRecord] {
    let database = try DatabaseQueue(path: path)
    try database.writeWithoutTransaction { connection in
      try connection.execute(sql: "PRAGMA journal_mode = WAL")
      try connection.execute(sql: schema)
      for (record, digest) in rows {
        let label = record.verdict.label.map { Double($0) }
        let (source, origin) = (record.source, record.source.origin)
        try connection.execute(
          sql: "INSERT INTO answer VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)",
          arguments: [
            Data(record.caption), label, label == nil, source.annotator, origin.kind, origin.version,
            source.answeredAt, Int64(bitPattern: digest),
          ])
      }
    }
    try database.close()
    return rows.map(\.0)
  }
}
