/// Why a prompt cannot be read or used.
public struct PromptError: Error, CustomStringConvertible, Sendable, Hashable {
  /// The file's path, or the name of a prompt that ships with Tengu.
  public let file: String
  /// From 1; 0 where no line is to blame.
  public let line: Int
  public let problem: String

  public init(file: String, line: Int = 0, problem: String) {
    self.file = file
    self.line = line
    self.problem = problem
  }

  public var description: String {
    line == 0 ? "prompt \(file): \(problem)" : "prompt \(file), line \(line): \(problem)"
  }
}
