import Glibc

/// A key that may connect, and what its owner may do.
public struct AllowedKey: Sendable, Hashable {
  /// The name of its file, without ".public".
  public let name: String
  /// nil for every role.
  public let roles: Set<KeyRole>?
  /// Sessions at a time; nil for any number.
  public let sessions: Int?
  /// The moment from which it is not allowed, in seconds since 1970; nil for never.
  public let expiry: Double?

  public init(name: String, roles: Set<KeyRole>? = nil, sessions: Int? = nil, expiry: Double? = nil) {
    self.name = name
    self.roles = roles
    self.sessions = sessions
    self.expiry = expiry
  }

  /// Whether the key has expired at `time`, in seconds since 1970.
  public func isExpired(at time: Double) -> Bool { expiry.map { time >= $0 } ?? false }

  /// Whether its owner may be `role`.
  public func allows(_ role: KeyRole) -> Bool { roles?.contains(role) ?? true }
}

/// The public keys that may connect.
public struct AllowList: Sendable, Hashable {
  /// Files of a folder beyond this are refused.
  public static let maximumFiles = 4_096

  /// A folder of *.public files, or one such file; nil for a list that was not read from disk.
  public let path: String?
  public private(set) var keys: [CurvePublicKey: AllowedKey]
  /// The files that could not be read, with the reason; their keys are not allowed.
  public private(set) var problems: [String] = []
  /// The files' names, sizes and times, to notice changes.
  private var stamps: [FileStamp] = []

  /// A fixed list.
  public init(_ keys: [CurvePublicKey: AllowedKey]) {
    path = nil
    self.keys = keys
  }

  /// Reads the list from a folder of *.public files, or from one such file.
  /// - Throws: `TransportError` naming the file that cannot be read.
  public init(path: String) throws(TransportError) {
    self.path = path
    keys = [:]
    try read(FileStamp.all(path)) { _, error throws(TransportError) in throw error }
  }

  /// Reads the list again if a file was added, removed or changed. A file that cannot be read becomes one of `problems`.
  /// - Returns: whether anything changed.
  /// - Throws: `TransportError` if the folder cannot be read; the list stays as it was.
  public mutating func reload() throws(TransportError) -> Bool {
    guard let path else { return false }
    let newest = try FileStamp.all(path)
    guard newest != stamps else { return false }
    let before = (keys, problems)
    (keys, problems) = ([:], [])
    var found: [String] = []
    try read(newest) { file, error throws(TransportError) in found.append("\(error)") }
    problems = found
    return before != (keys, problems)
  }

  private mutating func read(
    _ files: [FileStamp], failed: (String, TransportError) throws(TransportError) -> Void
  ) throws(TransportError) {
    stamps = files
    for file in files.map(\.path) {
      do throws(TransportError) {
        let entry = try PublicKeyFile(reading: file)
        let key = AllowedKey(
          name: Self.name(of: file), roles: entry.roles, sessions: entry.sessions, expiry: entry.expiry)
        for known in entry.keys { keys[known] = key }
      } catch {
        try failed(file, error)
      }
    }
  }

  /// The name of the key in `file`.
  public static func name(of file: String) -> String {
    let last = file.split(separator: "/").last ?? ""
    return String(last.hasSuffix(".public") ? last.dropLast(".public".count) : last)
  }

  /// The *.public files of a folder, or the file itself, sorted.
  public static func files(_ path: String) throws(TransportError) -> [String] {
    try FileStamp.all(path).map(\.path)
  }
}

/// A file as a folder shows it.
private struct FileStamp: Sendable, Hashable {
  let path: String
  private let size: Int
  private let inode: UInt
  private let seconds: Int
  private let nanoseconds: Int

  /// nil if there is no such file any more.
  private init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.path = path
    size = Int(status.st_size)
    inode = UInt(status.st_ino)
    (seconds, nanoseconds) = (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
  }

  static func all(_ path: String) throws(TransportError) -> [FileStamp] {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .system(operation: path, code: errno) }
    guard status.st_mode & S_IFMT == S_IFDIR else { return [FileStamp(path)].compactMap { $0 } }
    guard let directory = opendir(path) else { throw .system(operation: path, code: errno) }
    defer { closedir(directory) }
    var files: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      guard name.hasSuffix(".public"), !name.hasPrefix(".") else { continue }
      files.append("\(path)/\(name)")
      guard files.count <= AllowList.maximumFiles else {
        throw .key(path, reason: "holds more than \(AllowList.maximumFiles) keys")
      }
    }
    return files.sorted().compactMap(FileStamp.init)
  }
}
