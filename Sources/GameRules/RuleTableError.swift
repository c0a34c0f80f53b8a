/// Why a rule table cannot be read.
public struct RuleTableError: Error, CustomStringConvertible, Sendable, Hashable {
  /// From 1.
  public let line: Int
  public let problem: String

  public var description: String { "rule table, line \(line): \(problem)" }
}
