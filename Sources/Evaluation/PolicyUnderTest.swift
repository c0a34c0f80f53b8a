import ActorCritic
import Assembly
import Checkpoints
import Configuration
import Environments
import Foundation
import NeuralNetwork
import Runtime
import Tensor

/// A policy from a checkpoint and the task that it was trained on, ready to play.
///
/// `@unchecked Sendable`: the initialiser writes all members, and other code only reads them.
public final class PolicyUnderTest: @unchecked Sendable {
  public let plan: RunPlan
  /// The run directory.
  public let run: URL
  /// The checkpoint's folder, its environment steps and policy version.
  public let path: String
  public let step: Int
  public let version: UInt64
  /// Messages for the user, such as a newer checkpoint that is damaged.
  public let warnings: [String]
  let weights: Weights
  private let parameters: FloatBuffer
  private let prepared: FloatBuffer

  /// - Parameters:
  ///   - target: a run directory, whose newest intact checkpoint is used, or the folder of a checkpoint in one.
  ///   - netHackDirectory: the folder of libnethack.so.
  /// - Throws: `ConfigurationError`, `CheckpointError` or `FileError` naming what is missing or cannot be read.
  public convenience init(_ target: String, netHackDirectory: String? = nil) throws {
    let target = target.count > 1 && target.hasSuffix("/") ? String(target.dropLast()) : target
    let url = URL(fileURLWithPath: target)
    if try TextFile.read("\(target)/config.toml") != nil {
      let store = CheckpointStore(reading: url.appendingPathComponent("checkpoints"))
      let newest = try store.loadNewest()
      guard let checkpoint = newest.checkpoint else { throw CheckpointError(target, "has no checkpoint yet") }
      try self.init(
        checkpoint, run: url, warnings: newest.rejected.map { "passed over a damaged checkpoint: \($0)" },
        netHackDirectory: netHackDirectory)
    } else {
      // RUN/best, RUN/checkpoints/step-N or RUN/evaluations/step-N.
      let parent = url.deletingLastPathComponent()
      let places = [parent, parent.deletingLastPathComponent()]
      let isRun = { (place: URL) in
        FileManager.default.fileExists(atPath: place.appendingPathComponent("config.toml").path)
      }
      guard let run = places.first(where: isRun) else {
        throw ConfigurationError(["\"\(target)\" is neither a run directory nor a checkpoint in one"])
      }
      try self.init(try CheckpointStore.load(path: target), run: run, warnings: [], netHackDirectory: netHackDirectory)
    }
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

  private init(_ checkpoint: Checkpoint, run: URL, warnings: [String], netHackDirectory: String?) throws {
    self.run = run
    let file = run.appendingPathComponent("config.toml").path
    guard let text = try TextFile.read(file) else { throw ConfigurationError(["there is no \(file)"]) }
    plan = try RunPlan(
      try Registries.standard.configuration(toml: text, fileName: file), netHackDirectory: netHackDirectory,
      recordsFacts: true)
    guard plan.text == nil else {
      throw ConfigurationError([
        "\(run.path) is a run of a text policy, which plays no episodes; its log and metrics have the share of right answers"
      ])
    }
    (path, step, version, self.warnings) = (checkpoint.path, checkpoint.step, checkpoint.policyVersion, warnings)
    let network = plan.network
    parameters = FloatBuffer(count: network.parameters.count)
    for slice in network.parameters.slices {
      let tensor = try checkpoint.tensor("policy." + slice.name)
      guard tensor.shape == slice.shape else {
        throw CheckpointError(
          checkpoint.path, "\(tensor.name) has shape \(tensor.shape); the run's network needs \(slice.shape)")
      }
      try tensor.copy(into: UnsafeMutableBufferPointer(start: parameters.pointer + slice.offset, count: slice.count))
    }
    prepared = network.makePrepared()
    weights = network.prepare(parameters.pointer, into: prepared, forTraining: false)
  }
}
