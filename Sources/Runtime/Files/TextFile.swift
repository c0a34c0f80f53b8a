import Glibc

/// Reads the texts of a run directory, and others that a user names.
public enum TextFile {
  /// Longest text accepted, in bytes.
  public static let maximumBytes = 1 << 30

  /// The text of a file; nil if there is no such file. A file that is there and cannot be read is never taken for one
  /// that is missing.
  /// - Throws: `FileError` with the reason, such as "Permission denied".
  public static func read(_ path: String) throws(FileError) -> String? {
    var facts = stat()
    if stat(path, &facts) != 0, errno == ENOENT || errno == ENOTDIR { return nil }
    let bytes = try PosixFileSystem().read(path, maximumBytes: maximumBytes)
    guard let text = String(validating: bytes, as: UTF8.self) else { throw FileError(path, "is not UTF-8 text") }
    return text
  }
}
