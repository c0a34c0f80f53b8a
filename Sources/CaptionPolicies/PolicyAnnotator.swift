import Captions
import Foundation
import Glibc
import Runtime
import TextPolicy
import TextTraining

/// Labels captions by a text policy that was distilled from the labels of another annotator: no server, no tokens to pay.
///
/// One thread at a time uses it.
public final class PolicyAnnotator: CaptionAnnotator {
  /// The name of the policy in its file.
  public static let policyName = "annotator"
  /// Files beyond this are refused before they are read.
  private static let maximumFileBytes = 1 << 30

  public let kind = "policy"
  public let version: String
  private let policy: TextPolicy
  private let scorer: SequenceScorer

  /// - Parameter version: changes whenever the policy does.
  public init(_ policy: TextPolicy, version: String) {
    self.policy = policy
    self.version = version
    scorer = SequenceScorer(policy.transformer)
  }

  /// Reads what `CaptionDistillation` or `tengu text distill` wrote. The version is a digest of the file.
  /// - Throws: `TextPolicyError` that names the file, `CheckpointError` for a damaged one.
  public convenience init(contentsOf path: String) throws {
    let file = URL(filePath: path)
    let bytes: Data
    do {
      let size = try file.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
      guard size <= Self.maximumFileBytes else {
        throw TextPolicyError("\(path): \(size) bytes are too many for a policy that labels captions")
      }
      bytes = try Data(contentsOf: file)
    } catch let error as TextPolicyError {
      throw error
    } catch {
      throw TextPolicyError(
        "annotator.policy = \"\(path)\" cannot be read: \(SystemReason.text(of: error)); `tengu text distill` makes such a file"
      )
    }
    let archive = try PolicyArchive(contentsOf: file)
    guard let policy = archive[Self.policyName] else {
      throw TextPolicyError(
        "\(path) has policies \(archive.names) and none that labels captions; `tengu text distill` makes one")
    }
    self.init(policy, version: String(ByteHash.fnv1a(bytes), radix: 16))
  }

  public func annotate(_ caption: [UInt8]) -> Verdict {
    let sanitised = SanitisedCaption(caption)
    switch sanitised.kind {
    // As language models' judges: a text without a word means nothing, and the meaning of a fragment is unknown.
    case .wordless: return .label(0)
    case .fragment: return .abstain
    case .askable: return .label(logOdds([sanitised])[0] >= 0 ? 1 : 0)
    }
  }

  /// Log-odds that captions mean progress, in nats.
  public func logOdds(_ captions: [SanitisedCaption]) -> [Float] {
    let length = policy.transformer.options.context
    let texts = captions.flatMap { caption in
      let question = CaptionTokens.question(caption, length: length)
      return [true, false].map { CaptionTokens.text(question, isProgress: $0) }
    }
    let logs = scorer.logProbabilities(texts, policy: policy).map { $0[$0.count - 1] }
    return captions.indices.map { logs[2 * $0] - logs[2 * $0 + 1] }
  }

  /// Writes a policy for `init(contentsOf:)`.
  /// - Throws: the error of the file system.
  public static func write(_ policy: TextPolicy, to file: URL) throws {
    var archive = PolicyArchive(policy.transformer)
    archive.keep(policy, as: policyName)
    try archive.write(to: file)
  }
}
