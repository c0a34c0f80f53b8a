import CWire

/// A worker asks for the newest policy. The learner answers with a `Snapshot`, or with a `HeartbeatReply` if it has none
/// that is newer than `newerThan`.
public struct SnapshotRequest: Sendable, Hashable {
  /// The version that the worker has, if it does not know of a newer one; 0 asks for the newest in any case.
  public var newerThan: UInt64

  public init(newerThan: UInt64 = 0) { self.newerThan = newerThan }
}

extension SnapshotRequest: Body {
  func check(_ limits: WireLimits) throws(WireError) {}

  func pack(_ arena: PackArena) -> Tengu__SnapshotRequest {
    var packed = Tengu__SnapshotRequest()
    tengu__snapshot_request__init(&packed)
    packed.newer_than = newerThan
    return packed
  }

  init(_ packed: Tengu__SnapshotRequest) throws(WireError) { self.init(newerThan: packed.newer_than) }
}

/// A policy: one tensor, `parameters` float32 [P].
public struct Snapshot: Sendable, Hashable {
  public var version: UInt64

  public init(version: UInt64) { self.version = version }
}

extension Snapshot: Body {
  func check(_ limits: WireLimits) throws(WireError) {}

  func pack(_ arena: PackArena) -> Tengu__Snapshot {
    var packed = Tengu__Snapshot()
    tengu__snapshot__init(&packed)
    packed.version = version
    return packed
  }

  init(_ packed: Tengu__Snapshot) throws(WireError) { self.init(version: packed.version) }
}

/// A peer asks for the status of the run. It needs no Hello.
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

/// The status of the run as JSON.
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
