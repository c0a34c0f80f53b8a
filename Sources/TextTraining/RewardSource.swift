import Glibc
import Runtime
import TextPolicy
import TextTasks

/// Where the reward of an answer comes from.
public enum RewardSource: Sendable, Hashable {
  /// 1 for a right answer, else 0.
  case verifier
  /// The verifier, wrong for this share of the prompts: all answers to such a prompt get the opposite (as in Lv et al. 2025,
  /// "The climb carves wisdom deeper than the summit", where a flip is drawn once for a prompt).
  case flippedVerifier(share: Double)
  /// The labels of an annotator that asks no model: the verifier, wrong for this share of the texts of question and answer.
  /// Whether it is wrong follows from the text, as for the labels of captions by the annotator "oracle" with a flip rate, so
  /// that the same answer always gets the same label.
  case annotator(flipRate: Double)
  /// The share of an answer that is right.
  case partialCredit
  /// The reference policy's score of the answer, which its demonstrations taught it.
  case frozenSelf
  /// The probability that the policy gives the reference answer after its own steps.
  case referenceProbability

  /// Reads a name of the command line: verifier, flipped:SHARE, annotator:SHARE, partial, self, reference.
  /// - Throws: `TextRowError` that lists the names.
  public init(_ text: String) throws {
    let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
    switch parts.first {
    case "verifier" where parts.count == 1: self = .verifier
    case "partial" where parts.count == 1: self = .partialCredit
    case "self" where parts.count == 1: self = .frozenSelf
    case "reference" where parts.count == 1: self = .referenceProbability
    case "flipped":
      guard parts.count == 2, let share = Double(parts[1]), (0...1).contains(share) else { fallthrough }
      self = .flippedVerifier(share: share)
    case "annotator":
      guard parts.count == 2, let share = Double(parts[1]), (0...1).contains(share) else { fallthrough }
      self = .annotator(flipRate: share)
    default:
      throw TextRowError(
        "there is no reward \"\(text)\"; rewards: verifier, flipped:SHARE, annotator:SHARE (0 to 1), partial, self, reference"
      )
    }
  }

  /// The rewards of the answers of one update.
  /// - Parameters:
  ///   - repeats: answers of each prompt, neighbours in `rollouts`.
  ///   - frozen: the policy that `frozenSelf` asks.
  public func rewards(
    _ rollouts: [TextRollout], repeats: Int, trainer: TextTrainer, frozen: TextPolicy
  ) -> [Double] {
    switch self {
    case .verifier: return rollouts.map(RowLab.verifier)
    case .partialCredit: return rollouts.map(\.verdict.partial)
    case .frozenSelf: return JudgeRows.scores(rollouts, trainer, by: frozen)
    case .referenceProbability: return RewardRows.referenceRewards(trainer, rollouts)
    case .annotator(let flipRate):
      return rollouts.map { rollout in
        let label = RowLab.verifier(rollout)
        return Self.isFlipped(rollout.problem.prompt + rollout.answer, rate: flipRate) ? 1 - label : label
      }
    case .flippedVerifier(let share):
      var rewards = rollouts.map(RowLab.verifier)
      for first in stride(from: 0, to: rewards.count, by: repeats)
      where Double(trainer.generator.uniform()) < share {
        for index in first..<first + repeats { rewards[index] = 1 - rewards[index] }
      }
      return rewards
    }
  }

  /// Whether an annotator that is wrong at this rate is wrong about a text.
  static func isFlipped(_ text: String, rate: Double) -> Bool {
    // The bits of the digest alone depend too much on the text to be random.
    var mixed = SplitMix64(seed: ByteHash.fnv1a(text.utf8))
    return Double(mixed.next() >> 11) * 0x1p-53 < rate
  }
}
