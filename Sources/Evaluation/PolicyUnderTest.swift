import ActorCritic
import Assembly
import Checkpoints
import Configuration
import Environments
import Foundation
import NeuralNetwork
import Tensor

/// A policy from a checkpoint or a file, and the task that it was trained on, ready to play.
///
/// `@unchecked Sendable`: the initialiser writes all members, and other code only reads them.
public final class PolicyUnderTest: @unchecked Sendable {
  public let plan: RunPlan
  /// The run directory, or the policy's file.
  public let run: URL
  /// The resolved configuration of the run, as TOML.
  public let configuration: String
  /// The checkpoint's folder or the file, its environment steps and policy version.
  public let path: String
  public let step: Int
  public let version: UInt64
  /// Messages for the user, such as a newer checkpoint that is damaged.
  public let warnings: [String]
  let weights: Weights
  private let parameters: FloatBuffer
  private let prepared: FloatBuffer

  /// As `EvaluatedCheckpoint` reads it.
  public convenience init(_ target: String, netHackDirectory: String? = nil) throws {
    try self.init(EvaluatedCheckpoint(target, netHackDirectory: netHackDirectory))
  }

  /// Runs one step of `batch` observations; see `PolicyNetwork.infer`.
  public func infer(
    rows: UnsafePointer<UnsafeRawPointer>, batch: Int, state: UnsafeMutablePointer<Float>, workspace: PolicyWorkspace
  ) {
    plan.network.infer(rows: rows, batch: batch, state: state, weights: weights, workspace: workspace)
  }

  /// The policy's parameters, in the order of the network's layout.
  public var parameterValues: [Float] {
    Array(UnsafeBufferPointer(start: parameters.pointer, count: parameters.count))
  }

  /// - Throws: `ConfigurationError` if the checkpoint is of a text policy, `CheckpointError` if it lacks a tensor.
  public init(_ evaluated: EvaluatedCheckpoint) throws {
    let checkpoint = evaluated.checkpoint
    (run, plan, warnings) = (evaluated.run, evaluated.plan, evaluated.warnings)
    configuration = evaluated.configuration
    guard plan.text == nil else {
      throw ConfigurationError([
        "\(run.path) is a run of a text policy, which answers questions and plays nothing; `tengu eval` evaluates it and "
          + "`tengu export text` exports it"
      ])
    }
    (path, step, version) = (checkpoint.path, checkpoint.step, checkpoint.policyVersion)
    let network = plan.network
    parameters = FloatBuffer(count: network.parameters.count)
    for slice in network.parameters.slices {
      let tensor = try checkpoint.tensor("policy." + slice.name)
      guard tensor.shape == slice.shape else {
        throw CheckpointError(
          checkpoint.path, "\(tensor.name) has shape \(tensor.shape); the run's network needs \(slice.shape)")
      }
      try tensor.copyNumbers(
        into: UnsafeMutableBufferPointer(start: parameters.pointer + slice.offset, count: slice.count))
    }
    prepared = network.makePrepared()
    weights = network.prepare(parameters.pointer, into: prepared, forTraining: false)
  }
}
