import Glibc

/// The `name = "value"` lines of a key file, without blank lines and comments.
struct KeyLines {
  struct Entry {
    let line: Int
    let name: String
    let value: String
  }

  private(set) var entries: [Entry] = []

  /// - Parameters:
  ///   - secret: refuse a file that its group or others can read.
  ///   - single: the names that may occur once.
  ///   - repeated: the names that may occur any number of times.
  /// - Throws: `TransportError.key` naming the file and the line.
  init(_ path: String, secret: Bool, single: Set<String>, repeated: Set<String> = []) throws(TransportError) {
    let text = try SmallFile.read(path, secret: secret)
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let content = line.trimmed
      if content.isEmpty || content.hasPrefix("#") { continue }
      guard let entry = Self.entry(content, line: index + 1) else {
        throw .key(path, reason: "line \(index + 1) is not of the form name = \"value\"")
      }
      guard single.contains(entry.name) || repeated.contains(entry.name) else {
        throw .key(path, reason: "line \(index + 1): unknown name")
      }
      if single.contains(entry.name), first(entry.name) != nil {
        throw .key(path, reason: "line \(index + 1): \(entry.name) is given twice")
      }
      entries.append(entry)
    }
  }

  /// The value of the first line with this name.
  func first(_ name: String) -> String? { entries.first { $0.name == name }?.value }

  /// A value is quoted, and holds no quote itself; a number may stand without quotes.
  private static func entry(_ content: Substring, line: Int) -> Entry? {
    guard let equals = content.firstIndex(of: "=") else { return nil }
    let name = String(content[..<equals].trimmed)
    let parts = content[content.index(after: equals)...].split(separator: "\"", omittingEmptySubsequences: false)
    if parts.count == 1 {
      let number = (parts[0].split(separator: "#", omittingEmptySubsequences: false).first ?? "").trimmed
      guard !number.isEmpty, number.allSatisfy({ "0" <= $0 && $0 <= "9" }) else { return nil }
      return Entry(line: line, name: name, value: String(number))
    }
    guard parts.count == 3, parts[0].trimmed.isEmpty else { return nil }
    let rest = parts[2].trimmed
    guard rest.isEmpty || rest.hasPrefix("#") else { return nil }
    return Entry(line: line, name: name, value: String(parts[1]))
  }
}

extension Substring {
  /// Without spaces, tabs and carriage returns at both ends.
  fileprivate var trimmed: Substring {
    var result = self
    while let first = result.first, first.isWhitespace { result.removeFirst() }
    while let last = result.last, last.isWhitespace { result.removeLast() }
    return result
  }
}

/// Reads and creates key files, with the care that secrets need.
enum SmallFile {
  /// The largest key file.
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
    guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
      throw .key(path, reason: "not UTF-8 text")
    }
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
