import ActorCritic
import Assembly
import Checkpoints
import Evaluation
import Foundation
import NeuralNetwork
import Runtime

/// A trained policy in the formats of other programs: an ONNX model, a PyTorch module, a model card.
public struct PolicyExport {
  let policy: PolicyUnderTest
  private let blueprint: NetworkBlueprint
  /// The version of this build.
  private let version: String

  /// Messages for the user, such as a newer checkpoint that is damaged.
  public var warnings: [String] { policy.warnings }

  /// - Parameters:
  ///   - target: a run directory, a checkpoint or a policy file, as `EvaluatedCheckpoint` reads it.
  ///   - netHackDirectory: the folder of libnethack.so.
  /// - Throws: what `PolicyUnderTest` throws; `ExportError` for a network that no blueprint describes.
  public init(_ target: String, netHackDirectory: String? = nil, version: String) throws {
    policy = try PolicyUnderTest(target, netHackDirectory: netHackDirectory)
    guard let blueprint = policy.plan.network.blueprint else {
      throw ExportError(
        "network.kind = \"\(policy.plan.network.description.entry)\" has an encoder without a blueprint; give it one "
          + "(ObservationEncoder.blueprint)")
    }
    self.blueprint = blueprint
    self.version = version
  }

  /// The encoded ONNX model.
  public func onnx() -> [UInt8] {
    ONNXPolicy(
      blueprint: blueprint, parameters: PolicyParameters(values: policy.parameterValues),
      stateSize: policy.plan.network.stateSize
    ).model(version: version, facts: facts)
  }

  /// The source of a PyTorch module.
  /// - Parameter weightsName: name of the file of `weights`, in the module's folder.
  public func torchModule(weightsName: String) -> String {
    var module = TorchModule(
      blueprint, stateSize: policy.plan.network.stateSize, facts: facts, weightsName: weightsName)
    return module.source()
  }

  /// The policy as a file that Tengu and others read: `PolicyFile`.
  /// - Parameter halves: whether matrices have elements of 16 bits.
  /// - Throws: `CheckpointError` if two parameters have the same name.
  public func weights(halves: Bool = false) throws -> [UInt8] {
    let values = policy.parameterValues
    let tensors = policy.plan.network.parameters.slices.map {
      NamedTensor($0.name, shape: $0.shape, Array(values[$0.offset..<$0.offset + $0.count]))
    }
    return try PolicyFile.encode(
      tensors, configuration: policy.configuration,
      facts: policy.plan.policyFacts.merging(facts.map { ($0.name, $0.value) }) { $1 }, halves: halves)
  }

  /// A model card in Markdown.
  public func card() throws -> String { try ModelCard(policy, facts: facts).markdown() }

  /// What every export says about the policy.
  private var facts: [(name: String, value: String)] {
    let plan = policy.plan
    return [
      ("run", policy.run.deletingPathExtension().lastPathComponent), ("task", plan.specification.name),
      ("step", "\(policy.step)"),
      ("policy_version", "\(policy.version)"), ("network", plan.network.description.entry.name),
      ("recurrent", plan.network.description.recurrent.rawValue), ("parameters", "\(plan.network.parameters.count)"),
      ("actions", plan.policyFacts["actions"] ?? ""), ("state_size", "\(plan.network.stateSize)"),
      ("observation", plan.specification.observation.signature), ("configuration_hash", plan.configuration.hash),
      ("tengu_version", version),
    ]
  }
}

/// Why a policy cannot be exported.
public struct ExportError: Error, CustomStringConvertible, Sendable {
  public let description: String

  init(_ description: String) { self.description = description }
}
