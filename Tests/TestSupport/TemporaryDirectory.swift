import Foundation

/// A folder that goes, with all it holds, when the test that made it ends.
public final class TemporaryDirectory: Sendable {
  public let url: URL

  /// - Throws: when the folder cannot be made.
  public init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "tengu-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  public var path: String { url.path }
}
