import Foundation

/// A file that goes when the test that named it ends.
final class TemporaryFile {
  let url = FileManager.default.temporaryDirectory.appending(path: "tengu-telemetry-\(UUID().uuidString)")

  deinit { try? FileManager.default.removeItem(at: url) }

  var path: String { url.path }

  func text() throws -> String { try String(contentsOf: url, encoding: .utf8) }
}
