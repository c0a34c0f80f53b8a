import Foundation

/// A file that is removed at the end of its test.
final class TemporaryFile {
  let url = FileManager.default.temporaryDirectory.appending(path: "tengu-telemetry-\(UUID().uuidString)")

  deinit { try? FileManager.default.removeItem(at: url) }

  var path: String { url.path }

  func text() throws -> String { try String(contentsOf: url, encoding: .utf8) }
}
