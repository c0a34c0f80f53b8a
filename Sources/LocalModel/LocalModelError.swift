/// Why a model's file cannot be used. It says what to do next.
public struct LocalModelError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file's path.
  public let file: String
  public let problem: String

  init(_ file: String, _ problem: String) {
    self.file = file
    self.problem = problem
  }

  /// A file that ends too early or has a value that no intact file has.
  static func damaged(_ file: String, _ problem: String) -> LocalModelError {
    LocalModelError(file, "\(problem); the file is damaged or not complete: download it again")
  }

  /// An intact file of a kind that only other programs evaluate.
  static func unsupported(_ file: String, _ problem: String) -> LocalModelError {
    LocalModelError(
      file, "\(problem); serve it with `tengu serve-llm --model FILE` and name the server with --llm-url")
  }

  public var description: String { "the model \(file): \(problem)" }
}
