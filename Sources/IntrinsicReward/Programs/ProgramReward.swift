import RewardPrograms
import Tensor

/// Pays each step what a program says: a reward that a person or a language model wrote once, and that needs no labels.
/// Counts of captions begin with the session's first unroll.
public final class ProgramReward: RewardModel {
  private var scorer: ProgramScorer
  private var counts = EpisodeCarry<[Float]>()

  public init(_ program: RewardProgram) { scorer = ProgramScorer(program) }

  public func learn(_ update: RewardUpdate) {
    for caption in update.captions { scorer.learn(caption.id, caption.bytes) }
  }

  /// A program pays steps, not captions.
  public func score(_ caption: UInt32) -> Float? { nil }

  public func score(_ inputs: RewardInputs, into scores: UnsafeMutablePointer<Float>) {
    let size = scorer.countedCount
    var carried = counts.take(inputs, initial: Array(repeating: 0, count: size))
    for index in 0..<inputs.count {
      let column = index % inputs.columns
      let before = inputs.observations + index * inputs.rowByteCount
      let ended = inputs.ends(index)
      // The row after an episode's last step belongs to the next episode.
      let after = ended ? before : before + inputs.columns * inputs.rowByteCount
      let step = ProgramScorer.Step(
        before: before, after: after, caption: inputs.captions[index], occurrences: inputs.captionCounts[index],
        extrinsic: inputs.rewards[index], ended: ended, won: inputs.succeeds(index))
      scores[index] = scorer.score(step, counts: &carried[column])
      if ended { carried[column] = Array(repeating: 0, count: size) }
    }
    counts.keep(carried, inputs)
  }

  public let version = 1
  public var readsTexts: Bool { true }
}
