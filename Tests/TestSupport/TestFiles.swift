import Foundation

/// A folder that is deleted with its contents at the end of the test.
public final class TemporaryDirectory: Sendable {
  public let url: URL

  /// - Throws: an error if the folder cannot be created.
  public init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "tengu-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  public var path: String { url.path }

  /// The place of a file or folder in it.
  public func file(_ name: String) -> URL { url.appending(path: name) }

  /// The sorted names in a folder of it; none if there is no such folder.
  public func names(_ folder: String = "") -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: file(folder).path).sorted()) ?? []
  }

  /// Writes a file, and the folders above it.
  /// - Returns: the file's path.
  @discardableResult
  public func write(_ text: String, to name: String) throws -> String {
    let url = file(name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
    return url.path
  }

  public func read(_ name: String) throws -> String { try String(contentsOf: file(name), encoding: .utf8) }
}

/// Files of the repository that the tests were built from.
public enum Repository {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  public static func file(_ path: String) -> URL { root.appending(path: path) }

  /// Whether tests rewrite generated pages instead of comparing them (`TENGU_WRITE_REFERENCE=1`).
  public static var rewritesReference: Bool { ProcessInfo.processInfo.environment["TENGU_WRITE_REFERENCE"] == "1" }
}
