/// Why a configuration was refused: every problem found, one line each.
public struct ConfigurationError: Error, CustomStringConvertible, Sendable, Hashable {
  /// Each names its place: `file:line: what`, `command line: what`, or the fields concerned.
  public let problems: [String]

  public init(_ problems: [String]) { self.problems = problems }

  public var description: String { problems.joined(separator: "\n") }
}
