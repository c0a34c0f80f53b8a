import TextPolicy
import TextTasks

/// Two texts of one prompt, of which the first one is better.
public struct TextPair: Sendable {
  public var chosen: TokenSequence
  public var rejected: TokenSequence

  public init(chosen: TokenSequence, rejected: TokenSequence) {
    self.chosen = chosen
    self.rejected = rejected
  }
}

/// One pass over preferences: the step of every iterative preference method.
public struct PairUpdate: Sendable {
  /// Pairs of one update.
  public var batch = 32
  public var passes = 1
  public var loss = PreferenceLoss(beta: 0.1)

  public init() {}

  /// Updates from all pairs, compared with `reference`. Adam starts without moments.
  /// - Parameter trust: of each pair; nil for 1.
  public func run(
    _ trainer: TextTrainer, _ pairs: [TextPair], reference: TextPolicy, trust: [Double]? = nil
  ) {
    trainer.learner.resetMoments()
    for _ in 0..<passes {
      for first in stride(from: 0, to: pairs.count, by: batch) {
        let part = pairs[first..<min(first + batch, pairs.count)]
        update(trainer, part, reference: reference) { group, weight, slopes in
          loss.add(group, trust: trust?[first + group.index] ?? 1, weight: weight, to: &slopes)
        }
      }
    }
  }

  /// One update from some pairs by any loss of two texts. Its weight is 1 / the number of pairs.
  public func update(
    _ trainer: TextTrainer, _ pairs: some Collection<TextPair>, reference: TextPolicy,
    loss: (TokenGroup, _ weight: Double, inout [Double]) -> Void
  ) {
    guard !pairs.isEmpty else { return }
    let texts = pairs.flatMap { [$0.chosen, $0.rejected] }
    let batch = SequenceBatch(texts, reference: trainer.scorer.logProbabilities(texts, policy: reference))
    trainer.learner.update(batch, groupSize: 2) { group, slopes in
      loss(group, 1 / Double(pairs.count), &slopes)
    }
  }
}
