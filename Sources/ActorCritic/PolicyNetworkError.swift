/// Why a policy network cannot be made for an observation layout. Names the field.
public struct PolicyNetworkError: Error, CustomStringConvertible, Sendable, Equatable {
  public let description: String

  init(_ description: String) { self.description = description }
}
