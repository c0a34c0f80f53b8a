import CWire

/// The learner has queued or discarded a trajectory.
public struct Acknowledgement: Sendable, Hashable {
  /// The trajectory's sequence number.
  public var sequence: UInt64
  /// Trajectories the worker may send in addition.
  public var credits: UInt32
  /// The newest.
  public var policyVersion: UInt64

  public init(sequence: UInt64, credits: UInt32, policyVersion: UInt64) {
    self.sequence = sequence
    self.credits = credits
    self.policyVersion = policyVersion
  }
}

extension Acknowledgement: Body {
  func check(_ limits: WireLimits) throws(WireError) {}

  func pack(_ arena: PackArena) -> Tengu__Acknowledgement {
    var packed = Tengu__Acknowledgement()
    tengu__acknowledgement__init(&packed)
    packed.sequence = sequence
    packed.credits = credits
    packed.policy_version = policyVersion
    return packed
  }

  init(_ packed: Tengu__Acknowledgement) throws(WireError) {
    self.init(sequence: packed.sequence, credits: packed.credits, policyVersion: packed.policy_version)
  }
}
