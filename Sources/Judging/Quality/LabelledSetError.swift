/// Why a file of labelled messages cannot be read.
public struct LabelledSetError: Error, CustomStringConvertible, Sendable, Hashable {
  public let file: String
  /// From 1; nil where the file as a whole is meant.
  public let line: Int?
  public let problem: String

  public var description: String { "\(file)\(line.map { ":\($0)" } ?? ""): \(problem)" }
}
