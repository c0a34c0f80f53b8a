/// What the fake server has seen.
public struct FakeServerCounts: Sendable, Hashable {
  public var requests = 0
  public var openConnections = 0
  /// Connections accepted so far.
  public var connections = 0
  /// Requests that wait for an answer now, and the most there ever were.
  public var pending = 0
  public var mostPending = 0
}
