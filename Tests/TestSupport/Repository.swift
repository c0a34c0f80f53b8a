import Foundation

/// Files of the repository that the tests were built from.
public enum Repository {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  public static func file(_ path: String) -> URL { root.appending(path: path) }

  /// Whether tests rewrite generated pages instead of comparing them (`TENGU_WRITE_REFERENCE=1`).
  public static var rewritesReference: Bool { ProcessInfo.processInfo.environment["TENGU_WRITE_REFERENCE"] == "1" }
}
