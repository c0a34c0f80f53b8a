import Checkpoints
import Evaluation
import Foundation
import TextPolicy
import TextTasks
import TextTraining

/// A text policy for other programs: its weights as a safetensors file, and texts with the log-probabilities that Tengu's own
/// transformer gives their tokens, to compare another program with.
public struct TextExport {
  private let subject: TextPolicyUnderTest
  private let version: String

  /// Messages for the user, such as a newer checkpoint that is damaged.
  public var warnings: [String] { subject.warnings }

  /// - Parameters:
  ///   - target: a run directory, whose newest intact checkpoint is used, or the folder of a checkpoint in one.
  ///   - version: of this build.
  /// - Throws: what `EvaluatedCheckpoint` throws; `ExportError` for a policy that plays.
  public init(_ target: String, version: String) throws {
    guard let subject = try TextPolicyUnderTest(EvaluatedCheckpoint(target)) else {
      throw ExportError("\(target) is a policy that plays; `tengu export onnx` and `tengu export torch` export it")
    }
    self.subject = subject
    self.version = version
  }

  /// The weights; tensors have the names and shapes of docs/checkpoints.md without "policy.", and the metadata says the sizes,
  /// the characters of the tokens, and where the policy is from.
  /// - Throws: `CheckpointError` if two parameters have the same name.
  public func weights() throws -> [UInt8] {
    let parameters = subject.policy.parameters.pointer
    let tensors = subject.plan.transformer.layout.slices.map { slice in
      NamedTensor(
        slice.name, shape: slice.shape,
        UnsafeBufferPointer<Float>(start: parameters + slice.offset, count: slice.count))
    }
    let alphabet = Vocabulary.text((0..<Vocabulary.count).map { UInt8(clamping: $0) })
    let own = [
      "alphabet": alphabet, "run": subject.run.lastPathComponent, "step": "\(subject.step)",
      "policy_version": "\(subject.version)", "tengu_version": version,
      "configuration_hash": subject.configuration.hash,
    ]
    return try SafeTensors.encode(tensors, metadata: subject.facts.merging(own) { $1 })
  }

  /// Sampled answers, for N texts of at most L tokens: `tokens` [N, L] as uint8, zeros after the end of a text, `lengths` [N]
  /// as int32, and `log_probabilities` [N, L], of each token given those before it; 0 for the first one and after the end.
  /// - Throws: `CheckpointError` if the tensors cannot be encoded.
  public func answers(count: Int, seed: UInt64) throws -> [UInt8] {
    var evaluation = TextEvaluation()
    (evaluation.questions, evaluation.seed) = (count, seed)
    var texts: [TokenSequence] = []
    _ = evaluation.play(subject, keep: { rollout, _ in texts.append(rollout.sequence) })
    let logs = SequenceScorer(subject.plan.transformer).logProbabilities(texts, policy: subject.policy)
    let length = texts.reduce(1) { max($0, $1.count) }
    func padded<Value>(_ values: [Value], with zero: Value) -> [Value] {
      values + [Value](repeating: zero, count: length - values.count)
    }
    return try SafeTensors.encode([
      NamedTensor("tokens", shape: [texts.count, length], texts.flatMap { padded($0.tokens, with: 0) }),
      NamedTensor("lengths", texts.map { Int32(clamping: $0.count) }),
      NamedTensor("log_probabilities", shape: [texts.count, length], logs.flatMap { padded($0, with: 0) }),
    ])
  }
}
