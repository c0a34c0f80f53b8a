import GRDB

/// Why a label store cannot be opened, read or written.
public struct LabelStoreError: Error, CustomStringConvertible, Sendable, Hashable {
  public enum Reason: Sendable, Hashable {
    /// The file or its folder cannot be opened or created; with SQLite's message.
    case cannotOpen(String)
    /// The file is not an SQLite database.
    case notADatabase
    /// The file is an SQLite database of another program.
    case foreign
    /// The file has a newer schema, with this number.
    case newerSchema(Int)
    /// The file has an older schema, with this number, and was opened for reading only.
    case olderSchema(Int)
    /// The file is damaged; with the place and the finding.
    case damaged(String)
    /// Another process has been writing for longer than the store waits.
    case busy
    /// The store does not accept a record; with the reason.
    case refused(String)
    /// An import ended early; with the reason, and the number of the file's answers that are in the store.
    case interruptedImport(String, added: Int)
    /// Anything else; with SQLite's message.
    case failed(String)
  }

  public let path: String
  public let reason: Reason

  public init(path: String, reason: Reason) {
    self.path = path
    self.reason = reason
  }

  public var description: String {
    switch reason {
    case .cannotOpen(let why): "label store \(path): cannot be opened: \(why)"
    case .notADatabase: "label store \(path): not a label store (not an SQLite database)"
    case .foreign: "label store \(path): not a label store (an SQLite database of another program)"
    case .newerSchema(let number):
      "label store \(path): written by a newer version (schema \(number), this one reads \(LabelStore.schemaVersion))"
    case .olderSchema(let number):
      "label store \(path): written by an older version (schema \(number)); a learner that opens it brings it up to date"
    case .damaged(let what): "label store \(path): damaged: \(what)"
    case .busy: "label store \(path): another process is writing to it"
    case .refused(let why): "label store \(path): record refused: \(why)"
    case .interruptedImport(let why, let added):
      "\(why). \(added) answers of the file were added; the same command with --skip \(added) adds the rest"
    case .failed(let why): "label store \(path): \(why)"
    }
  }
}

extension LabelStoreError {
  /// Runs `body` and throws SQLite's errors as `LabelStoreError`.
  /// - Parameter opening: unknown errors then mean that the file cannot be opened.
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

  private static func reason(of error: DatabaseError, opening: Bool) -> Reason {
    let words = error.message ?? "\(error.resultCode)"
    return switch error.resultCode {
    case .SQLITE_NOTADB: .notADatabase
    case .SQLITE_CORRUPT: .damaged(words)
    case .SQLITE_BUSY, .SQLITE_LOCKED: .busy
    case .SQLITE_CANTOPEN, .SQLITE_PERM: .cannotOpen(words)
    case .SQLITE_CONSTRAINT: .refused(words)
    default: opening ? .cannotOpen(words) : .failed(words)
    }
  }
}
