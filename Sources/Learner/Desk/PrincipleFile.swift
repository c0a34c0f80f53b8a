import Foundation
import Judging
import Runtime

/// The file of a run directory with the principle that captions are judged by. Writing it changes the goal of a running
/// run, which reads it once a second. Used by one thread.
public struct PrincipleFile {
  static let name = "principle.txt"
  static let intervalSeconds = 1.0

  let path: URL
  private var nextLook = -Double.infinity
  /// The principle in use; empty for the configured goal.
  private(set) var current = ""
  /// The latest refused text, which is not reported again.
  private var refused: String?

  public init(runDirectory: URL) { path = runDirectory.appending(path: Self.name) }

  /// What the file says now.
  enum Change: Equatable {
    case principle(String)
    case refused(String)
  }

  /// The change since the last look; nil if there is none, or if the last look was less than a second ago.
  mutating func change(now: Double) -> Change? {
    guard now >= nextLook else { return nil }
    nextLook = now + Self.intervalSeconds
    let text = ((try? String(contentsOf: path, encoding: .utf8)) ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    guard text != current, text != refused else { return nil }
    if !text.isEmpty {
      do { _ = try Instruction.Principle(text) } catch {
        refused = text
        return .refused("\(path.path): \(error.problem); the principle stays as it is")
      }
    }
    (current, refused) = (text, nil)
    return .principle(text)
  }

  /// Writes the principle that captions are judged by from now on; an empty text restores the configured goal.
  /// - Throws: `PromptError` for a text that is not a principle, and an error if the file cannot be written.
  public func write(_ principle: String) throws {
    if !principle.isEmpty { _ = try Instruction.Principle(principle) }
    try PosixFileSystem().replace(path.path, with: Array((principle + "\n").utf8))
  }
}
