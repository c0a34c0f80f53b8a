import Captions
import Foundation
import GRDB
import Runtime

/// Every answer of annotators, in an SQLite file of one or several runs.
///
/// Rows are only added. The latest answer about a caption is valid (view `label`), earlier ones are history, and a
/// withdrawal is a row that invalidates earlier answers. The file is in WAL mode: any number of readers (another
/// `LabelStore`, `sqlite3`) see committed answers while learners write one after the other. Calls block and may come
/// from any thread.
public final class LabelStore: Sendable {
  /// The schema that this version writes.
  public static let schemaVersion = LabelSchema.version
  /// Seconds that a call waits for another process's lock.
  static let busyTimeoutSeconds = 5.0

  public enum Access: Sendable { case readOnly, readWrite }

  public let path: String
  private let database: DatabaseQueue

  /// Opens the store. With `readWrite` it creates a missing file, checks an existing one completely and migrates an
  /// older schema in place.
  /// - Throws: if the file is damaged, is not a label store, or cannot be opened.
  public init(path: String, access: Access = .readWrite) throws(LabelStoreError) {
    self.path = path
    database = try LabelStoreError.reporting(path, opening: true) {
      var configuration = Configuration()
      configuration.readonly = access == .readOnly
      configuration.busyMode = .timeout(Self.busyTimeoutSeconds)
      let database = try DatabaseQueue(path: path, configuration: configuration)
      switch access {
      case .readOnly:
        let version = try database.read { try LabelSchema.checkOwner($0, path: path) }
        guard version >= LabelSchema.oldestReadable else {
          throw LabelStoreError(path: path, reason: .olderSchema(version))
        }
      case .readWrite: try LabelSchema.prepare(database, path: path)
      }
      return database
    }
  }

  /// Closes the file. The store must not be used afterwards.
  public func close() throws(LabelStoreError) {
    try LabelStoreError.reporting(path) { try database.close() }
  }

  // MARK: Writing

  /// Adds answers in one transaction: when it returns all of them are on disk; if it throws none is stored.
  public func append(_ records: [LabelRecord]) throws(LabelStoreError) {
    guard !records.isEmpty else { return }
    try LabelStoreError.reporting(path) {
      try database.write { connection in
        var writer = RowWriter(connection, path: path)
        for record in records { try writer.insert(record) }
      }
    }
  }

  /// Adds answers about pairs in one transaction; see `append` for captions.
  public func append(_ records: [PreferenceRecord]) throws(LabelStoreError) {
    guard !records.isEmpty else { return }
    try LabelStoreError.reporting(path) {
      try database.write { connection in
        var writer = RowWriter(connection, path: path)
        for record in records { try writer.insert(record) }
      }
    }
  }

  /// Adds answers in one transaction, without those that the store does not accept.
  /// - Returns: why, for each of those; all others are on disk.
  /// - Throws: if the file cannot be written; then none is stored.
  public func appendAcceptable(
    _ labels: [LabelRecord], _ preferences: [PreferenceRecord]
  ) throws(LabelStoreError) -> [LabelStoreError] {
    guard !labels.isEmpty || !preferences.isEmpty else { return [] }
    return try LabelStoreError.reporting(path) {
      try database.write { connection in
        var writer = RowWriter(connection, path: path)
        var refusals: [LabelStoreError] = []
        func insert(_ body: () throws -> Void) throws {
          do { try LabelStoreError.reporting(path, body) } catch {
            guard case .refused = error.reason else { throw error }
            refusals.append(error)
          }
        }
        for record in labels { try insert { try writer.insert(record) } }
        for record in preferences { try insert { try writer.insert(record) } }
        return refusals
      }
    }
  }

  /// Changes how many seconds a call waits for another process's lock; `busyTimeoutSeconds` until then.
  public func wait(atMost seconds: Double) throws(LabelStoreError) {
    try LabelStoreError.reporting(path) {
      try database.writeWithoutTransaction {
        try $0.execute(sql: "PRAGMA busy_timeout = \(Int(seconds * 1000))")
      }
    }
  }

  /// Withdraws all answers about some captions. A learner that opens the store asks about them again. The answers stay
  /// in the file as history.
  /// - Parameter date: seconds since 1970.
  public func withdraw(_ captions: [[UInt8]], date: Double) throws(LabelStoreError) {
    try LabelStoreError.reporting(path) {
      try database.write { connection in
        let statement = try connection.cachedStatement(
          sql: """
            INSERT INTO withdrawal (caption, through, withdrawn_at)
            SELECT caption, max(sequence), ? FROM answer WHERE caption = ? GROUP BY caption
            """)
        for caption in captions { try statement.execute(arguments: [date, Data(caption)]) }
      }
    }
  }

  /// Withdraws a run's answers after the one with the number `sequence`; see `withdraw` for captions.
  /// - Returns: the number of captions.
  public func withdraw(after sequence: Int64, of run: String, date: Double) throws(LabelStoreError) -> Int {
    try LabelStoreError.reporting(path) {
      try database.write { connection in
        try connection.execute(
          sql: """
            INSERT INTO withdrawal (caption, through, withdrawn_at)
            SELECT caption, max(answer.sequence), ? FROM answer JOIN term ON term.id = answer.run
            WHERE answer.sequence > ? AND term.text = ? GROUP BY caption
            """, arguments: [date, sequence, run])
        return connection.changesCount
      }
    }
  }

  // MARK: Reading

  /// The number of the answer that was stored last; 0 if there is none.
  public func lastSequence() throws(LabelStoreError) -> Int64 {
    try LabelStoreError.reporting(path) {
      try database.read { try Int64.fetchOne($0, sql: "SELECT max(sequence) FROM answer") ?? 0 }
    }
  }

  /// Calls `body` with the valid answer of each caption, oldest first, for `CaptionLedger.restore`.
  /// - Parameter origin: reads the answers of this origin only; if nil, the latest answer of any origin is valid.
  /// - Throws: `damaged` when a row does not match its digest.
  public func forEachValid(of origin: LabelOrigin? = nil, _ body: (LabelRecord) throws -> Void)
    throws(LabelStoreError)
  {
    let latest = """
      SELECT *, max(sequence) FROM valid_answer AS a \(origin == nil ? "" : Self.originCondition)
      GROUP BY caption ORDER BY sequence
      """
    try forEach(latest, origin.map(Self.arguments) ?? [], body)
  }

  /// Calls `body` with every answer that is not withdrawn, including replaced ones, in the order of arrival.
  public func forEachAnswer(_ body: (LabelRecord) throws -> Void) throws(LabelStoreError) {
    try forEach("SELECT * FROM valid_answer ORDER BY sequence", [], body)
  }

  /// The valid answer of each caption, oldest first.
  public func all(of origin: LabelOrigin? = nil) throws(LabelStoreError) -> [LabelRecord] {
    var records: [LabelRecord] = []
    try forEachValid(of: origin) { records.append($0) }
    return records
  }

  /// Every answer about one caption, including withdrawn ones, oldest first.
  public func history(of caption: [UInt8]) throws(LabelStoreError) -> [LabelRecord] {
    var records: [LabelRecord] = []
    try forEach("SELECT * FROM answer WHERE caption = ? ORDER BY sequence", [Data(caption)]) { records.append($0) }
    return records
  }

  /// Every answer about pairs, oldest first.
  public func preferences() throws(LabelStoreError) -> [PreferenceRecord] {
    try LabelStoreError.reporting(path) {
      try database.read { connection in
        let reader = try RowReader(connection, path: path)
        var records: [PreferenceRecord] = []
        let rows = try Row.fetchCursor(connection, sql: "SELECT * FROM preference ORDER BY sequence")
        while let row = try rows.next() { records.append(try reader.preference(of: row)) }
        return records
      }
    }
  }

  /// The origins of the valid answers, the one that answered last first.
  public func origins() throws(LabelStoreError) -> [LabelOrigin] {
    var origins: [LabelOrigin] = []
    try forEach(
      "SELECT *, max(sequence) AS latest FROM valid_answer GROUP BY kind, version ORDER BY latest DESC", []
    ) { origins.append($0.source.origin) }
    return origins
  }

  /// Number of captions with valid answers of which none has this origin.
  public func foreignCaptions(to origin: LabelOrigin) throws(LabelStoreError) -> Int {
    try LabelStoreError.reporting(path) {
      try database.read { connection in
        let all = try Int.fetchOne(connection, sql: "SELECT count(DISTINCT caption) FROM valid_answer") ?? 0
        let own = try Int.fetchOne(
          connection, sql: "SELECT count(DISTINCT caption) FROM valid_answer AS a \(Self.originCondition)",
          arguments: Self.arguments(of: origin))
        return all - (own ?? 0)
      }
    }
  }

  /// Answers and tokens of one run so far, for its budget.
  public func spent(by run: String) throws(LabelStoreError) -> (labels: Int, tokens: Int) {
    try LabelStoreError.reporting(path) {
      try database.read { connection in
        let row = try Row.fetchOne(
          connection,
          sql: """
            SELECT count(*), total(prompt_tokens) + total(answer_tokens)
            FROM answer JOIN term ON term.id = answer.run WHERE term.text = ?
            """, arguments: [run])
        // `sum` of large counts, which an older version accepted, is an error; `total` adds up Float64.
        return (row?[0] ?? 0, Int(saturating: row?[1] ?? 0))
      }
    }
  }

  /// Sizes of the store.
  public func counts() throws(LabelStoreError) -> LabelStoreCounts {
    try LabelStoreError.reporting(path) {
      try database.read { connection in
        let row = try Row.fetchOne(connection, sql: Self.counting)
        return LabelStoreCounts(
          answers: row?["answers"] ?? 0, labelled: row?["labelled"] ?? 0, positive: row?["positive"] ?? 0,
          abstained: row?["abstained"] ?? 0)
      }
    }
  }

  /// Reads within one transaction.
  func reading<Result>(_ body: (Database) throws -> Result) throws(LabelStoreError) -> Result {
    try LabelStoreError.reporting(path) { try database.read(body) }
  }

  /// The value of an SQLite pragma.
  func pragma(_ name: String) throws(LabelStoreError) -> String? {
    try LabelStoreError.reporting(path) { try database.read { try String.fetchOne($0, sql: "PRAGMA \(name)") } }
  }

  private static let counting = """
    SELECT (SELECT count(*) FROM answer) AS answers, count(label) AS labelled,
      coalesce(sum(label > 0), 0) AS positive, coalesce(sum(abstained), 0) AS abstained
    FROM (SELECT label, abstained, max(sequence) FROM valid_answer GROUP BY caption)
    """

  private static let originCondition = """
    WHERE a.kind = (SELECT id FROM term WHERE text = ?) AND a.version = (SELECT id FROM term WHERE text = ?)
    """

  private static func arguments(of origin: LabelOrigin) -> StatementArguments {
    [origin.kind, origin.version]
  }

  /// Calls `body` with the record of every row of a query for rows of `answer`.
  private func forEach(
    _ sql: String, _ arguments: StatementArguments, _ body: (LabelRecord) throws -> Void
  ) throws(LabelStoreError) {
    try LabelStoreError.reporting(path) {
      try database.read { connection in
        let reader = try RowReader(connection, path: path)
        let rows = try Row.fetchCursor(connection, sql: sql, arguments: arguments)
        while let row = try rows.next() { try body(try reader.record(of: row)) }
      }
    }
  }
}

/// Sizes of a label store.
public struct LabelStoreCounts: Sendable, Hashable {
  /// Answers, including those that later answers replaced.
  public let answers: Int
  /// Captions whose valid answer is a label.
  public let labelled: Int
  /// Captions whose valid label is above 0.
  public let positive: Int
  /// Captions whose valid answer is an abstention.
  public let abstained: Int
}
