import Glibc

/// The file operations of saving and loading checkpoints. Tests replace them to fail at each operation in turn.
public protocol CheckpointFileSystem: Sendable {
  /// Names in a folder, in no order.
  func names(in directory: String) throws(CheckpointError) -> [String]
  /// Creates a folder whose parent exists. An existing folder is an error.
  func createDirectory(_ path: String) throws(CheckpointError)
  /// Creates a file, writes all of `bytes` and returns when the disk has them.
  func write(_ bytes: [UInt8], to path: String) throws(CheckpointError)
  /// Returns when the disk has the folder's entries.
  func synchronise(directory: String) throws(CheckpointError)
  /// Renames a file or folder atomically.
  func rename(_ source: String, to destination: String) throws(CheckpointError)
  /// Removes a file, or a folder and the files in it.
  func remove(_ path: String) throws(CheckpointError)
  /// The content of a regular file of at most `maximumBytes`.
  func read(_ path: String, maximumBytes: Int) throws(CheckpointError) -> [UInt8]
  func exists(_ path: String) -> Bool
}

/// The file system of this machine.
public struct PosixFileSystem: CheckpointFileSystem {
  public init() {}

  public func names(in directory: String) throws(CheckpointError) -> [String] {
    guard let stream = opendir(directory) else { throw .system(directory, "list", errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  public func createDirectory(_ path: String) throws(CheckpointError) {
    guard mkdir(path, 0o755) == 0 else { throw .system(path, "create", errno) }
  }

  public func write(_ bytes: [UInt8], to path: String) throws(CheckpointError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .system(path, "create", errno) }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written)
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        let code = errno
        close(descriptor)
        throw .system(path, "write", code)
      }
      written += count
    }
    guard fsync(descriptor) == 0 else {
      let code = errno
      close(descriptor)
      throw .system(path, "synchronise", code)
    }
    guard close(descriptor) == 0 else { throw .system(path, "close", errno) }
  }

  public func synchronise(directory: String) throws(CheckpointError) {
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(directory, "open", errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .system(directory, "synchronise", errno) }
  }

  public func rename(_ source: String, to destination: String) throws(CheckpointError) {
    guard Glibc.rename(source, destination) == 0 else { throw .system(source, "rename to \(destination)", errno) }
  }

  public func remove(_ path: String) throws(CheckpointError) {
    if unlink(path) == 0 { return }
    let code = errno
    guard code == EISDIR || code == EPERM else { throw .system(path, "remove", code) }
    // A checkpoint's folder contains files only. A folder in it comes from another program, and rmdir refuses.
    for name in try names(in: path) {
      guard unlink("\(path)/\(name)") == 0 else { throw .system("\(path)/\(name)", "remove", errno) }
    }
    guard rmdir(path) == 0 else { throw .system(path, "remove", errno) }
  }

  public func read(_ path: String, maximumBytes: Int) throws(CheckpointError) -> [UInt8] {
    // Without O_NONBLOCK, opening a named pipe would block without end.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .system(path, "open", errno) }
    defer { close(descriptor) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else { throw .system(path, "examine", errno) }
    guard facts.st_mode & S_IFMT == S_IFREG else { throw CheckpointError(path, "is not a regular file") }
    let size = Int(clamping: facts.st_size)
    guard size <= maximumBytes else { throw CheckpointError(path, "\(size) bytes are more than \(maximumBytes)") }
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, size - count)
        if got < 0 && errno == EINTR { continue }
        if got < 0 { failure = errno }
        guard got > 0 else { return }
        count += got
      }
    }
    guard failure == 0 else { throw .system(path, "read", failure) }
    guard bytes.count == size else { throw CheckpointError(path, "became shorter while it was read") }
    return bytes
  }

  public func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
}

/// Why a checkpoint or a run directory could not be written or read; always names the file or folder.
public struct CheckpointError: Error, CustomStringConvertible, Sendable, Hashable {
  /// The file or folder concerned.
  public let path: String
  public let reason: String

  public init(_ path: String, _ reason: String) {
    self.path = path
    self.reason = reason
  }

  public var description: String { "\(path): \(reason)" }

  /// An operation that the system refused with `code` (errno), as in "cannot write: No space left on device".
  static func system(_ path: String, _ operation: String, _ code: Int32) -> CheckpointError {
    CheckpointError(path, "cannot \(operation): \(String(cString: strerror(code)))")
  }
}
