import Foundation

/// Files of the repository these tests were built from.
enum Repository {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  static func file(_ path: String) -> URL { root.appending(path: path) }

  /// Set to rewrite generated pages instead of comparing them.
  static var rewritesReference: Bool { ProcessInfo.processInfo.environment["TENGU_WRITE_REFERENCE"] == "1" }
}
