import GRDB

/// A label store as the second version of the schema was: without texts for other programs.
enum Schema2 {
  /// Turns a store of the present schema into one of schema 2. The tables of answers are the same in both.
  static func restore(_ path: String) throws {
    let database = try DatabaseQueue(path: path)
    try database.write { connection in
      try connection.execute(
        sql: """
          DROP VIEW label; DROP VIEW compared; DROP VIEW valid_answer; DROP TABLE escaped; DROP TABLE unreadable;
          CREATE VIEW valid_answer AS SELECT * FROM answer AS a WHERE a.sequence >
            coalesce((SELECT max(w.through) FROM withdrawal AS w WHERE w.caption = a.caption), 0);
          CREATE VIEW label AS
            SELECT max(a.sequence) AS sequence, a.caption, CAST(a.caption AS TEXT) AS text, a.label, a.abstained,
              a.log_odds, k.text AS kind, v.text AS version, n.text AS annotator, g.text AS goal, m.text AS model,
              a.answered_at
            FROM valid_answer AS a JOIN term AS k ON k.id = a.kind JOIN term AS v ON v.id = a.version
              JOIN term AS n ON n.id = a.annotator LEFT JOIN term AS g ON g.id = a.goal
              LEFT JOIN term AS m ON m.id = a.model
            GROUP BY a.caption;
          PRAGMA user_version = 2;
          """)
    }
    try database.close()
  }
}
