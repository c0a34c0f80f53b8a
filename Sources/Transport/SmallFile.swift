import Glibc

/// Reading and creating key files, with the care that secrets need.
enum SmallFile {
  /// No key file is larger.
  static let maximumBytes = 64 << 10
  static let secretMode: mode_t = 0o600
  static let publicMode: mode_t = 0o644

  /// The text of a file.
  /// - Parameter secret: refuse a file that its group or others can read.
  static func read(_ path: String, secret: Bool) throws(TransportError) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(operation: path, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system(operation: path, code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw .key(path, reason: "not a file") }
    if secret, status.st_mode & 0o077 != 0 {
      throw .key(path, reason: "others can read this secret; restrict it with: chmod 600 \(path)")
    }
    guard status.st_size <= maximumBytes else { throw .key(path, reason: "larger than \(maximumBytes) bytes") }
    var bytes = [UInt8](repeating: 0, count: maximumBytes)
    var count = 0
    while count < maximumBytes {
      let got = bytes.withUnsafeMutableBytes {
        Glibc.read(descriptor, UnsafeMutableRawBufferPointer(rebasing: $0[count...]).baseAddress, maximumBytes - count)
      }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw .system(operation: path, code: errno) }
      if got == 0 { break }
      count += got
    }
    guard let text = String(validating: bytes[..<count], as: UTF8.self) else { throw .key(path, reason: "not a text") }
    return text
  }

  /// Creates a file that must not exist yet, and forces it to disk. A file that cannot be finished is removed.
  static func create(_ path: String, _ text: String, mode: mode_t) throws(TransportError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
    guard descriptor >= 0 else {
      if errno == EEXIST { throw .key(path, reason: "exists already and is not overwritten") }
      throw .system(operation: path, code: errno)
    }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw discarding(path) }
      written += count
    }
    guard fsync(descriptor) == 0 else { throw discarding(path) }
  }

  private static func discarding(_ path: String) -> TransportError {
    let code = errno
    unlink(path)
    return .system(operation: path, code: code)
  }
}
