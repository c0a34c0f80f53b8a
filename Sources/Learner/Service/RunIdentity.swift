/// What a peer is told of the run it joins.
public struct RunIdentity: Sendable {
  public let runName: String
  /// The resolved configuration's text and the hash of what workers depend on.
  public let configuration: String
  public let configurationHash: [UInt8]
}
