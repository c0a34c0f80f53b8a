import CWire

/// An observer asks how the run is. Needs no Hello.
public struct StatusRequest: Sendable, Hashable {
  public init() {}
}

extension StatusRequest: Body {
  func check(_ limits: WireLimits) throws(WireError) {}

  func pack(_ arena: PackArena) -> Tengu__StatusRequest {
    var packed = Tengu__StatusRequest()
    tengu__status_request__init(&packed)
    return packed
  }

  init(_ packed: Tengu__StatusRequest) throws(WireError) { self.init() }
}

/// How the run is.
public struct Status: Sendable, Hashable {
  public var json: String

  public init(json: String) { self.json = json }
}

extension Status: Body {
  func check(_ limits: WireLimits) throws(WireError) {
    try Check.text(json, maximumBytes: limits.maximumStatusBytes, "status.json")
  }

  func pack(_ arena: PackArena) -> Tengu__Status {
    var packed = Tengu__Status()
    tengu__status__init(&packed)
    packed.json = arena.text(json)
    return packed
  }

  init(_ packed: Tengu__Status) throws(WireError) { self.init(json: try Unpack.text(packed.json, "status.json")) }
}
