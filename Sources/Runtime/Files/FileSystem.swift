/// The file operations behind everything that a run keeps: checkpoints, metrics, log, configuration, rewards. Tests
/// replace them to fail at each operation in turn.
public protocol FileSystem: Sendable {
  /// Names in a folder, in no order.
  func names(in directory: String) throws(FileError) -> [String]
  /// Creates a folder whose parent exists. An existing folder is an error.
  func createDirectory(_ path: String) throws(FileError)
  /// Creates a file, writes all of `bytes` and returns when the disk has them.
  func write(_ bytes: [UInt8], to path: String) throws(FileError)
  /// Opens a file for appending; creates it if it does not exist.
  func openForAppending(_ path: String) throws(FileError) -> any AppendedFile
  /// Returns when the disk has the folder's entries.
  func synchronise(directory: String) throws(FileError)
  /// Renames a file or folder atomically.
  func rename(_ source: String, to destination: String) throws(FileError)
  /// Removes a file, or a folder and the files in it.
  func remove(_ path: String) throws(FileError)
  /// The content of a regular file of at most `maximumBytes`.
  func read(_ path: String, maximumBytes: Int) throws(FileError) -> [UInt8]
  func exists(_ path: String) -> Bool
  /// Whether the path is an ordinary file, or a link to one.
  func isRegular(_ path: String) -> Bool
}

/// A file that only grows, such as a log. Closed when it is deallocated.
public protocol AppendedFile: AnyObject, Sendable {
  /// Appends what the system takes of `bytes` in one call.
  /// - Returns: how many bytes it took, at least one; the caller offers the rest again.
  /// - Throws: if it took none.
  func append(_ bytes: ArraySlice<UInt8>) throws(FileError) -> Int
}

extension FileSystem {
  /// Replaces a file's content: whatever fails, a reader finds the whole old content or the whole new one. Returns when
  /// the disk has the new one.
  public func replace(_ path: String, with bytes: [UInt8]) throws(FileError) {
    let temporary = path + ".tmp"
    if exists(temporary) { try remove(temporary) }
    do {
      try write(bytes, to: temporary)
      try rename(temporary, to: path)
    } catch {
      // Free the space; the error to report is the first one.
      try? remove(temporary)
      throw error
    }
    try synchronise(directory: Self.parent(of: path))
  }

  /// Writes a file that the user named. A regular or new file is replaced as by `replace`; a device, pipe or terminal
  /// takes the bytes as they are.
  public func deliver(_ bytes: [UInt8], to path: String) throws(FileError) {
    guard exists(path), !isRegular(path) else { return try replace(path, with: bytes) }
    let file = try openForAppending(path)
    var rest = bytes[...]
    while !rest.isEmpty { rest = rest.dropFirst(try file.append(rest)) }
  }

  private static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
