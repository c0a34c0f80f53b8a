import TestSupport

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// A temporary folder that is removed when the value is released.
final class TestFolder {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  func path(_ name: String) -> String { "\(directory.path)/\(name)" }
}
