import Foundation
import GRDB

/// Every answer of a run's annotators, in an SQLite file.
///
/// The table `answer` only grows: the latest answer to a caption stands (view `label`), the earlier ones are history.
/// The file is in WAL mode, so any number of readers (another `LabelStore`, `sqlite3`) see committed answers while one
/// learner writes. Calls block and may come from any thread.
public final class LabelStore: Sendable {
  /// Schema this version writes, in the file's `user_version`.
  public static let schemaVersion = 1
  /// The file's `application_id`: "TngL".
  static let applicationID: Int32 = 0x546E_674C
  /// How long a call waits for another process's lock.
  static let busyTimeoutSeconds = 5.0

  public enum Access: Sendable { case readOnly, readWrite }

  public let path: String
  private let database: DatabaseQueue

  /// Opens the store; with `readWrite` makes it if there is no file, and checks the whole file if there is one.
  /// - Throws: when the file is damaged, belongs to something else, or cannot be opened.
  public init(path: String, access: Access = .readWrite) throws(LabelStoreError) {
    self.path = path
    database = try Self.reporting(path, opening: true) {
      var configuration = Configuration()
      configuration.readonly = access == .readOnly
      configuration.busyMode = .timeout(Self.busyTimeoutSeconds)
      let database = try DatabaseQueue(path: path, configuration: configuration)
      switch access {
      case .readOnly: try database.read { try Self.checkOwner($0, path: path) }
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
        let statement = try connection.cachedStatement(sql: Self.insertion)
        for record in records { try statement.execute(arguments: try Self.arguments(of: record, path: path)) }
      }
    }
  }

  // MARK: Reading

  /// The answer that stands for each caption, oldest first: what `CaptionLedger.restore` takes.
  /// - Throws: `damaged` when a row does not match its digest.
  public func all() throws(LabelStoreError) -> [LabelRecord] {
    try records("SELECT * FROM label ORDER BY sequence", [])
  }

  /// Every answer to one caption, oldest first.
  public func history(of caption: [UInt8]) throws(LabelStoreError) -> [LabelRecord] {
    try records("SELECT * FROM answer WHERE caption = ? ORDER BY sequence", [Data(caption)])
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

  private func records(_ sql: String, _ arguments: StatementArguments) throws(LabelStoreError) -> [LabelRecord] {
    try Self.reporting(path) {
      try database.read { connection in
        var records: [LabelRecord] = []
        let rows = try Row.fetchCursor(connection, sql: sql, arguments: arguments)
        while let row = try rows.next() { records.append(try Self.record(of: row, path: path)) }
        return records
      }
    }
  }
}
