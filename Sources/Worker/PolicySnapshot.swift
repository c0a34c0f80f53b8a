import Synchronization

/// One version of the policy's parameters, as they arrived: read-only, shared by every rollout thread.
public final class PolicySnapshot: @unchecked Sendable {
  public let version: UInt64
  /// [P], valid as long as this object lives; nobody writes it.
  public let parameters: UnsafePointer<Float>
  private let owner: AnyObject

  /// - Parameter owner: keeps the memory behind `parameters` alive.
  public init(version: UInt64, parameters: UnsafePointer<Float>, owner: AnyObject) {
    self.version = version
    self.parameters = parameters
    self.owner = owner
  }
}

/// The newest snapshot; replaced by the I/O thread, read by rollout threads between unrolls.
public final class PolicyBox: Sendable {
  private let snapshot = Mutex<PolicySnapshot?>(nil)

  public init() {}

  public var current: PolicySnapshot? { snapshot.withLock { $0 } }

  public func replace(with newer: PolicySnapshot) { snapshot.withLock { $0 = newer } }
}
