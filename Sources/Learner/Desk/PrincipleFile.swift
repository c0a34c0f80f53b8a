import Foundation
import Judging

/// The file of a run directory that says what captions are judged by: whoever writes it changes the run's goal while it
/// goes on. Looked at once a second; used by one thread.
public struct PrincipleFile {
  static let name = "principle.txt"
  static let intervalSeconds = 1.0

  let path: URL
  private var nextLook = -Double.infinity
  /// The principle in use; empty: the configured goal.
  private(set) var current = ""
  /// A text that was refused, so that it is refused once.
  private var refused: String?

  public init(runDirectory: URL) { path = runDirectory.appending(path: Self.name) }

  /// A change since the last look.
  enum Change: Equatable {
    case principle(String)
    case refused(String)
  }

  mutating func change(now: Double) -> Change? {
    guard now >= nextLook else { return nil }
    nextLook = now + Self.intervalSeconds
    let text = ((try? String(contentsOf: path, encoding: .utf8)) ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
    guard text != current, text != refused else { return nil }
    if !text.isEmpty {
      do { _ = try JudgingGoal.Principle(text) } catch {
        refused = text
        return .refused("\(path.path): \(error.problem); the principle stays as it is")
      }
    }
    (current, refused) = (text, nil)
    return .principle(text)
  }

  /// Says what captions are judged by from now on; an empty text: by the configured goal.
  /// - Throws: `PromptError` for a text that is no principle, and when the file cannot be written.
  public func write(_ principle: String) throws {
    if !principle.isEmpty { _ = try JudgingGoal.Principle(principle) }
    try Data((principle + "\n").utf8).write(to: path, options: .atomic)
  }
}
