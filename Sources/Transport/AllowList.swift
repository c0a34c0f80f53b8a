import Glibc

/// The public keys that may connect, each with the name of its file (without ".public").
public struct AllowList: Sendable, Hashable {
  /// Files of a folder beyond this are refused.
  public static let maximumFiles = 4_096

  /// A folder of *.public files, or one such file; nil for a list that was not read from disk.
  public let path: String?
  public private(set) var names: [CurvePublicKey: String]

  /// A fixed list.
  public init(_ names: [CurvePublicKey: String]) {
    path = nil
    self.names = names
  }

  /// Reads the list from a folder of *.public files, or from one such file.
  /// - Throws: `TransportError` naming the file that cannot be read.
  public init(path: String) throws(TransportError) {
    self.path = path
    names = try Self.read(path)
  }

  /// Reads the list again. On an error it stays as it was.
  public mutating func reload() throws(TransportError) {
    if let path { names = try Self.read(path) }
  }

  /// The name of an allowed key, or nil.
  public func name(of key: CurvePublicKey) -> String? { names[key] }

  private static func read(_ path: String) throws(TransportError) -> [CurvePublicKey: String] {
    var names: [CurvePublicKey: String] = [:]
    for file in try files(path) {
      let last = file.split(separator: "/").last ?? ""
      let name = last.hasSuffix(".public") ? last.dropLast(".public".count) : last
      for key in try KeyFile.readPublic(file) { names[key] = String(name) }
    }
    return names
  }

  private static func files(_ path: String) throws(TransportError) -> [String] {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .system(operation: path, code: errno) }
    guard status.st_mode & S_IFMT == S_IFDIR else { return [path] }
    guard let directory = opendir(path) else { throw .system(operation: path, code: errno) }
    defer { closedir(directory) }
    var files: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      guard name.hasSuffix(".public"), !name.hasPrefix(".") else { continue }
      files.append("\(path)/\(name)")
      guard files.count <= maximumFiles else { throw .key(path, reason: "holds more than \(maximumFiles) keys") }
    }
    return files.sorted()
  }
}
