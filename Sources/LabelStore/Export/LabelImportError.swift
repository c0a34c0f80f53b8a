/// Why a file of labels cannot be taken in. Nothing of it was.
public struct LabelImportError: Error, CustomStringConvertible, Sendable, Hashable {
  public let file: String
  /// From 1.
  public let line: Int
  public let problem: String

  public var description: String { "\(file), line \(line): \(problem)" }

  /// What is wrong with a line, before anybody knows which.
  struct Problem: Error {
    let text: String

    init(_ text: String) { self.text = text }
  }
}
