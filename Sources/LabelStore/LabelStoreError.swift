/// Why a label store could not be opened, read or written.
public struct LabelStoreError: Error, CustomStringConvertible, Sendable, Hashable {
  public enum Reason: Sendable, Hashable {
    /// The file or its folder cannot be opened or created; SQLite's words.
    case cannotOpen(String)
    /// The file is no SQLite database.
    case notADatabase
    /// The file is a database of something else.
    case foreign
    /// The file was written by a newer schema, of this number.
    case newerSchema(Int)
    /// The file is of an older schema, of this number, and was opened for reading only.
    case olderSchema(Int)
    /// The file is damaged; what is wrong where.
    case damaged(String)
    /// Another process has been writing for longer than the store waits.
    case busy
    /// A record that the store does not take; why.
    case refused(String)
    /// Anything else; SQLite's words.
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
    case .foreign: "label store \(path): not a label store (an SQLite database of something else)"
    case .newerSchema(let number):
      "label store \(path): written by a newer version (schema \(number), this one reads \(LabelStore.schemaVersion))"
    case .olderSchema(let number):
      "label store \(path): written by an older version (schema \(number)); a learner that opens it brings it up to date"
    case .damaged(let what): "label store \(path): damaged: \(what)"
    case .busy: "label store \(path): another process is writing to it"
    case .refused(let why): "label store \(path): record refused: \(why)"
    case .failed(let why): "label store \(path): \(why)"
    }
  }
}
