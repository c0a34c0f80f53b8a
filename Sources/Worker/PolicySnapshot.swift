import ActorCritic
import NeuralNetwork
import Synchronization
import Tensor

/// One version of the policy's parameters, as they arrived, and what the network derives from them: read-only, shared by
/// every rollout thread.
public final class PolicySnapshot: @unchecked Sendable {
  public let version: UInt64
  /// Valid as long as this object lives; nobody writes it.
  public let weights: Weights
  private let prepared: FloatBuffer
  private let owner: AnyObject

  /// - Parameters:
  ///   - parameters: [P] of `network`.
  ///   - owner: keeps the memory behind `parameters` alive.
  public init(network: PolicyNetwork, version: UInt64, parameters: UnsafePointer<Float>, owner: AnyObject) {
    self.version = version
    self.owner = owner
    prepared = network.makePrepared()
    weights = network.prepare(parameters, into: prepared, forTraining: false)
  }
}

/// The newest snapshot; replaced by the I/O thread, read by rollout threads between unrolls.
public final class PolicyBox: Sendable {
  private let snapshot = Mutex<PolicySnapshot?>(nil)

  public init() {}

  public var current: PolicySnapshot? { snapshot.withLock { $0 } }

  public func replace(with newer: PolicySnapshot) { snapshot.withLock { $0 = newer } }
}
