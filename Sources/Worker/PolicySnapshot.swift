import ActorCritic
import NeuralNetwork
import Tensor

/// One version of the policy's parameters, as they arrived, and the data that the network derives from them. Read-only and
/// shared by all rollout threads.
public final class PolicySnapshot: @unchecked Sendable {
  public let version: UInt64
  /// Valid as long as this object lives.
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
