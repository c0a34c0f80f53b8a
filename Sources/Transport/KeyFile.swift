import Glibc

/// The key files of a process.
///
/// The owner passes the secret file (mode 0600) to `--key`:
/// ```
/// public-key = "..."
/// secret-key = "..."
/// learner-key = "..."    # workers and annotators: the learner to trust
/// ```
/// The public file has only the public key; the other side receives it. Values are 40 characters of Z85.
public struct KeyFile: Sendable, Hashable {
  public let pair: CurveKeyPair
  /// The learner to trust; nil in the learner's own file.
  public let learner: CurvePublicKey?

  public init(pair: CurveKeyPair, learner: CurvePublicKey? = nil) {
    self.pair = pair
    self.learner = learner
  }

  /// Reads a secret file.
  /// - Throws: `TransportError.key` naming the file: readable by others, malformed, keys that do not belong together.
  public init(readingSecret path: String) throws(TransportError) {
    let entries = try Self.entries(path, secret: true)
    guard let shared = entries.first(named: "public-key"), let secret = entries.first(named: "secret-key") else {
      throw .key(path, reason: "needs the lines public-key and secret-key")
    }
    pair = try CurveKeyPair(
      publicKey: CurvePublicKey(shared, subject: path), secretKey: CurveSecretKey(secret, subject: path), subject: path)
    if let text = entries.first(named: "learner-key") {
      learner = try CurvePublicKey(text, subject: path)
    } else {
      learner = nil
    }
  }

  /// The public keys of a public file, at least one.
  /// - Throws: `TransportError.key` naming the file.
  public static func readPublic(_ path: String) throws(TransportError) -> [CurvePublicKey] {
    var keys: [CurvePublicKey] = []
    for entry in try entries(path, secret: false) {
      guard entry.name == "public-key" else {
        throw .key(path, reason: "line \(entry.line): a public file has nothing but public-key lines")
      }
      keys.append(try CurvePublicKey(entry.value, subject: path))
    }
    guard !keys.isEmpty else { throw .key(path, reason: "has no public-key line") }
    return keys
  }

  /// Creates the secret file with mode 0600; never overwrites.
  public func writeSecret(_ path: String) throws(TransportError) {
    var text = "public-key = \"\(pair.publicKey.text)\"\nsecret-key = \"\(pair.secretKey.text)\"\n"
    if let learner { text += "learner-key = \"\(learner.text)\"\n" }
    try SmallFile.create(path, text, mode: SmallFile.secretMode)
  }

  /// Creates the public file; never overwrites.
  public func writePublic(_ path: String) throws(TransportError) {
    try SmallFile.create(path, "public-key = \"\(pair.publicKey.text)\"\n", mode: SmallFile.publicMode)
  }

  // MARK: Lines

  struct Entry {
    let line: Int
    let name: Substring
    let value: String
  }

  /// The `name = "value"` lines of a file, without blank lines and comments.
  private static func entries(_ path: String, secret: Bool) throws(TransportError) -> [Entry] {
    var entries: [Entry] = []
    let text = try SmallFile.read(path, secret: secret)
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
      let content = line.trimmed
      if content.isEmpty || content.hasPrefix("#") { continue }
      guard let entry = entry(content, line: index + 1) else {
        throw .key(path, reason: "line \(index + 1) is not of the form name = \"value\"")
      }
      guard ["public-key", "secret-key", "learner-key"].contains(entry.name) else {
        throw .key(path, reason: "line \(index + 1): unknown name")
      }
      if entry.name != "public-key" || secret, entries.first(named: entry.name) != nil {
        throw .key(path, reason: "line \(index + 1): \(entry.name) is given twice")
      }
      entries.append(entry)
    }
    return entries
  }

  private static func entry(_ content: Substring, line: Int) -> Entry? {
    // A value never holds a quote: Z85 has none.
    guard let equals = content.firstIndex(of: "=") else { return nil }
    let parts = content[content.index(after: equals)...].split(separator: "\"", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].trimmed.isEmpty else { return nil }
    let rest = parts[2].trimmed
    guard rest.isEmpty || rest.hasPrefix("#") else { return nil }
    return Entry(line: line, name: content[..<equals].trimmed, value: String(parts[1]))
  }
}

extension [KeyFile.Entry] {
  fileprivate func first(named name: some StringProtocol) -> String? { first { $0.name == name }?.value }
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
