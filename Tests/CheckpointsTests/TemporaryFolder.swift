import Foundation

/// A folder that goes when the test that made it ends.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "tengu-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String) -> URL { url.appending(path: name) }

  func names(_ path: String = "") -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: file(path).path).sorted()) ?? []
  }
}
