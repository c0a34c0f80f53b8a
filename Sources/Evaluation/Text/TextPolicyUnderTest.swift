import Assembly
import Checkpoints
import Configuration
import Foundation
import TextPolicy

/// A text policy from a checkpoint with the task of its run, ready to answer. One thread at a time uses it.
public final class TextPolicyUnderTest {
  /// The run directory.
  public let run: URL
  public let configuration: RunConfiguration
  /// The task, the transformer, and what evaluations ask.
  public let plan: TextPlan
  public let policy: TextPolicy
  /// The checkpoint's folder, its answers and policy version.
  public let path: String
  public let step: Int
  public let version: UInt64
  /// What a program must know to use the policy's tensors.
  public let facts: [String: String]
  /// Messages for the user, such as a newer checkpoint that is damaged.
  public let warnings: [String]

  /// - Returns: nil if the checkpoint is of a policy that plays.
  /// - Throws: `CheckpointError` if the checkpoint lacks a tensor or has one of another shape.
  public init?(_ evaluated: EvaluatedCheckpoint) throws {
    guard let plan = evaluated.plan.text else { return nil }
    let checkpoint = evaluated.checkpoint
    (run, configuration, warnings) = (evaluated.run, evaluated.plan.configuration, evaluated.warnings)
    facts = evaluated.plan.policyFacts
    (path, step, version) = (checkpoint.path, checkpoint.step, checkpoint.policyVersion)
    self.plan = plan
    policy = TextPolicy(plan.transformer)
    for slice in plan.transformer.layout.slices {
      let tensor = try checkpoint.tensor("policy." + slice.name)
      guard tensor.shape == slice.shape else {
        throw CheckpointError(
          checkpoint.path, "\(tensor.name) has shape \(tensor.shape); the run's transformer needs \(slice.shape)")
      }
      try tensor.copy(
        into: UnsafeMutableBufferPointer(start: policy.parameters.pointer + slice.offset, count: slice.count))
    }
    // For passes of the scorer too.
    policy.prepare(forTraining: true)
  }

  /// The task with what decides its questions: equal texts mean equal questions for equal seeds.
  public var taskName: String {
    let text = configuration.text
    let difficulty = text.difficulty == 0 ? "its own difficulty" : "difficulty \(text.difficulty)"
    let split = text.heldOut > 0 ? "the held-out \(text.heldOut) of the questions" : "all questions"
    return "\(configuration.environment.task) (\(difficulty), \(split))"
  }
}
