import CWire

/// A worker asks for the newest policy. Answered by `Snapshot` if there is a newer one, otherwise by `HeartbeatReply`.
public struct SnapshotRequest: Sendable, Hashable {
  /// The version the worker has; 0 = none.
  public var knownVersion: UInt64

  public init(knownVersion: UInt64) { self.knownVersion = knownVersion }
}

extension SnapshotRequest: Body {
  func check(_ limits: WireLimits) throws(WireError) {}

  func pack(_ arena: PackArena) -> Tengu__SnapshotRequest {
    var packed = Tengu__SnapshotRequest()
    tengu__snapshot_request__init(&packed)
    packed.known_version = knownVersion
    return packed
  }

  init(_ packed: Tengu__SnapshotRequest) throws(WireError) { self.init(knownVersion: packed.known_version) }
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
