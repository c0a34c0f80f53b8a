import Captions
import Foundation
import GRDB

/// Every answer of annotators, in an SQLite file that belongs to one run or to many.
///
/// The tables only grow: the latest answer to a caption stands (view `label`), the earlier ones are history, and what is
/// to be asked again is withdrawn by a row of its own. The file is in WAL mode, so any number of readers (another
/// `LabelStore`, `sqlite3`) see committed answers while learners write, one at a time and each waiting for the other.
/// Calls block and may come from any thread.
public final class LabelStore: Sendable {
  /// Schema this version writes, in the file's `user_version`.
  public static let schemaVersion = 2
  /// The file's `application_id`: "TngL".
  static let applicationID: Int32 = 0x546E_674C
  /// How long a call waits for another process's lock.
  static let busyTimeoutSeconds = 5.0

  public enum Access: Sendable { case readOnly, readWrite }

  public let path: String
  let database: DatabaseQueue

  /// Opens the store; with `readWrite` makes it if there is no file, and if there is one checks the whole file and brings
  /// an older schema up to this one, in place.
  /// - Throws: when the file is damaged, belongs to something else, or cannot be opened.
  public init(path: String, access: Access = .readWrite) throws(LabelStoreError) {
    self.path = path
    database = try Self.reporting(path, opening: true) {
      var configuration = Configuration()
      configuration.readonly = access == .readOnly
      configuration.busyMode = .timeout(Self.busyTimeoutSeconds)
      let database = try DatabaseQueue(path: path, configuration: configuration)
      switch access {
      case .readOnly:
        let version = try database.read { try Self.checkOwner($0, path: path) }
        guard version == Self.schemaVersion else {
          throw LabelStoreError(path: path, reason: .olderSchema(version))
        }
      case .readWrite: try Self.prepare(database, path: path)
      }
      return database
    }
  }

  /// Closes the file; the store must not be used afterwards.
  public func close() throws(LabelStoreError) {
    try Self.reporting(path) { try database.close() }
  }

  // MARK: Writing

  /// Adds answers in one transaction: all of them are on disk when it returns, or none is stored and it throws.
  public func append(_ records: [LabelRecord]) throws(LabelStoreError) {
    guard !records.isEmpty else { return }
    try Self.reporting(path) {
      try database.write { connection in
        var terms = TermTable()
        for record in records { try Self.insert(record, connection, &terms, path: path) }
      }
    }
  }

  /// Adds answers to pairs, likewise.
  public func append(_ records: [PreferenceRecord]) throws(LabelStoreError) {
    guard !records.isEmpty else { return }
    try Self.reporting(path) {
      try database.write { connection in
        var terms = TermTable()
        for record in records { try Self.insert(record, connection, &terms, path: path) }
      }
    }
  }

  // MARK: Reading

  /// Calls `body` with the answer that stands for each caption, oldest first: what `CaptionLedger.restore` takes.
  /// - Parameter origin: only its answers count; nil for those of all, of which the latest stands.
  /// - Throws: `damaged` when a row does not match its digest.
  public func forEachStanding(of origin: LabelOrigin? = nil, _ body: (LabelRecord) throws -> Void)
    throws(LabelStoreError)
  {
    let latest = """
      SELECT *, max(sequence) FROM valid_answer AS a \(origin == nil ? "" : Self.originCondition)
      GROUP BY caption ORDER BY sequence
      """
    try forEach(latest, origin.map(Self.arguments) ?? [], body)
  }

  /// The answer that stands for each caption, oldest first.
  public func all(of origin: LabelOrigin? = nil) throws(LabelStoreError) -> [LabelRecord] {
    var records: [LabelRecord] = []
    try forEachStanding(of: origin) { records.append($0) }
    return records
  }

  /// Every answer to one caption, withdrawn ones too, oldest first.
  public func history(of caption: [UInt8]) throws(LabelStoreError) -> [LabelRecord] {
    var records: [LabelRecord] = []
    try forEach("SELECT * FROM answer WHERE caption = ? ORDER BY sequence", [Data(caption)]) { records.append($0) }
    return records
  }

  /// Every answer to a pair, oldest first.
  public func preferences() throws(LabelStoreError) -> [PreferenceRecord] {
    try Self.reporting(path) {
      try database.read { connection in
        let terms = try TermTable(connection)
        var records: [PreferenceRecord] = []
        let rows = try Row.fetchCursor(connection, sql: "SELECT * FROM preference ORDER BY sequence")
        while let row = try rows.next() { records.append(try Self.preference(of: row, terms, path: path)) }
        return records
      }
    }
  }

  /// The origin of the latest answer that stands; nil when there is none.
  public func latestOrigin() throws(LabelStoreError) -> LabelOrigin? {
    var origin: LabelOrigin?
    try forEach("SELECT * FROM valid_answer ORDER BY sequence DESC LIMIT 1", []) { origin = $0.source.origin }
    return origin
  }

  /// Captions that have standing answers, none of them of this origin.
  public func foreignCaptions(to origin: LabelOrigin) throws(LabelStoreError) -> Int {
    try Self.reporting(path) {
      try database.read { connection in
        let all = try Int.fetchOne(connection, sql: "SELECT count(DISTINCT caption) FROM valid_answer") ?? 0
        let own = try Int.fetchOne(
          connection, sql: "SELECT count(DISTINCT caption) FROM valid_answer AS a \(Self.originCondition)",
          arguments: Self.arguments(of: origin))
        return all - (own ?? 0)
      }
    }
  }

  /// What one run asked so far: answers, and tokens of questions and answers. For its budget.
  public func spent(by run: String) throws(LabelStoreError) -> (labels: Int, tokens: Int) {
    try Self.reporting(path) {
      try database.read { connection in
        let row = try Row.fetchOne(
          connection,
          sql: """
            SELECT count(*), coalesce(sum(prompt_tokens), 0) + coalesce(sum(answer_tokens), 0)
            FROM answer JOIN term ON term.id = answer.run WHERE term.text = ?
            """, arguments: [run])
        return (row?[0] ?? 0, row?[1] ?? 0)
      }
    }
  }

  /// How much the store holds.
  public func counts() throws(LabelStoreError) -> LabelStoreCounts {
    try Self.reporting(path) {
      try database.read { connection in
        let row = try Row.fetchOne(connection, sql: Self.counting)
        return LabelStoreCounts(
          answers: row?["answers"] ?? 0, labelled: row?["labelled"] ?? 0, positive: row?["positive"] ?? 0,
          abstained: row?["abstained"] ?? 0)
      }
    }
  }

  /// The value of a pragma, for tests.
  func pragma(_ name: String) throws(LabelStoreError) -> String? {
    try Self.reporting(path) { try database.read { try String.fetchOne($0, sql: "PRAGMA \(name)") } }
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
  func forEach(
    _ sql: String, _ arguments: StatementArguments, _ body: (LabelRecord) throws -> Void
  ) throws(LabelStoreError) {
    try Self.reporting(path) {
      try database.read { connection in
        let terms = try TermTable(connection)
        let rows = try Row.fetchCursor(connection, sql: sql, arguments: arguments)
        while let row = try rows.next() { try body(try Self.record(of: row, terms, path: path)) }
      }
    }
  }
}
