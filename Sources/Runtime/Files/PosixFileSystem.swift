import Glibc

/// The file system of this machine. The process's umask decides who may read what it creates; see `PrivateFiles`.
public struct PosixFileSystem: FileSystem {
  private static let fileMode: mode_t = 0o666
  private static let folderMode: mode_t = 0o777

  public init() {}

  public func names(in directory: String) throws(FileError) -> [String] {
    guard let stream = opendir(directory) else { throw .system(directory, "list", errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  public func createDirectory(_ path: String) throws(FileError) {
    guard mkdir(path, Self.folderMode) == 0 else { throw .system(path, "create", errno) }
  }

  public func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, Self.fileMode)
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

  public func openForAppending(_ path: String) throws(FileError) -> any AppendedFile {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, Self.fileMode)
    guard descriptor >= 0 else { throw .system(path, "open", errno) }
    return PosixAppendedFile(path: path, descriptor: descriptor)
  }

  public func synchronise(directory: String) throws(FileError) {
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system(directory, "open", errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw .system(directory, "synchronise", errno) }
  }

  public func rename(_ source: String, to destination: String) throws(FileError) {
    guard Glibc.rename(source, destination) == 0 else { throw .system(source, "rename to \(destination)", errno) }
  }

  public func remove(_ path: String) throws(FileError) {
    if unlink(path) == 0 { return }
    let code = errno
    guard code == EISDIR || code == EPERM else { throw .system(path, "remove", code) }
    // A checkpoint's folder contains files only. A folder in it comes from another program, and rmdir refuses.
    for name in try names(in: path) {
      guard unlink("\(path)/\(name)") == 0 else { throw .system("\(path)/\(name)", "remove", errno) }
    }
    guard rmdir(path) == 0 else { throw .system(path, "remove", errno) }
  }

  public func read(_ path: String, maximumBytes: Int) throws(FileError) -> [UInt8] {
    // Without O_NONBLOCK, opening a named pipe would block without end.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .system(path, "open", errno) }
    defer { close(descriptor) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else { throw .system(path, "examine", errno) }
    guard facts.st_mode & S_IFMT == S_IFREG else { throw FileError(path, "is not a regular file") }
    let size = Int(clamping: facts.st_size)
    guard size <= maximumBytes else { throw FileError(path, "\(size) bytes are more than \(maximumBytes)") }
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
    guard bytes.count == size else { throw FileError(path, "became shorter while it was read") }
    return bytes
  }

  public func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  public func isRegular(_ path: String) -> Bool {
    var facts = stat()
    return stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG
  }
}

/// An open file of this machine that grows.
private final class PosixAppendedFile: AppendedFile {
  private let path: String
  private let descriptor: Int32

  init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  func append(_ bytes: ArraySlice<UInt8>) throws(FileError) -> Int {
    while true {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 || bytes.isEmpty { return count }
      if count < 0 && errno == EINTR { continue }
      throw .system(path, "write", errno)
    }
  }
}

/// Keeps other users of the machine from reading a run's files: captions, labels, configuration and logs.
public enum PrivateFiles {
  /// Makes the files private that this process and its children create from now on. Files that exist keep their modes.
  /// The umask also covers files whose modes this program does not choose, such as those of SQLite.
  public static func begin() {
    let current = umask(ownerOnly)
    umask(mask(for: current))
  }

  private static let ownerOnly: mode_t = 0o077
  private static let others: mode_t = 0o007

  /// The umask of a run. A umask that keeps other users out stays, because it says what the group may do (027: read).
  /// Any other one, such as the usual 022, becomes 077: only the owner reads the files (0600, folders 0700).
  static func mask(for current: mode_t) -> mode_t { current & others == others ? current : ownerOnly }
}
