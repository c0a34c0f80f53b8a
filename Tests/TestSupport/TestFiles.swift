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
}

/// Files of the repository that the tests were built from.
public enum Repository {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  public static func file(_ path: String) -> URL { root.appending(path: path) }

  /// Whether tests rewrite generated pages instead of comparing them (`TENGU_WRITE_REFERENCE=1`).
  public static var rewritesReference: Bool { ProcessInfo.processInfo.environment["TENGU_WRITE_REFERENCE"] == "1" }
}
