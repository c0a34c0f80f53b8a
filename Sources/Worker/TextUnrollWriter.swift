import TextPolicy
import TextTraining
import Trajectories
import Wire

/// Writes answers into an unroll, as `TextStep` describes it. Tensors that a text policy has no use for stay 0.
struct TextUnrollWriter {
  private let buffer: TrajectoryBuffer
  private let length: Int
  private let spans: UnsafeMutablePointer<UInt8>  // [E, L]
  private let logs: UnsafeMutablePointer<Float>  // [E, L]

  /// - Parameter buffer: of the schema of a run of a text policy.
  init(_ buffer: TrajectoryBuffer) {
    guard let spans = buffer.storage[TextStep.spans], let logs = buffer.storage[TextStep.logProbabilities] else {
      preconditionFailure("the unrolls of a text policy say who wrote a token")
    }
    self.buffer = buffer
    length = buffer.shape.textLength
    self.spans = spans
    self.logs = logs
  }

  /// - Parameters:
  ///   - rollouts: as many as the unroll has environments.
  ///   - reward: what an answer is worth.
  func write(_ rollouts: [TextRollout], reward: (TextRollout) -> Double) {
    let places = buffer.shape.environmentCount
    precondition(rollouts.count == places, "\(rollouts.count) texts in an unroll of \(places)")
    for (e, rollout) in rollouts.enumerated() {
      write(rollout.sequence, to: e)
      let verdict = rollout.verdict
      buffer.rewards[e] = Float(reward(rollout))
      buffer.flags[e] = (verdict.isRight ? [.terminated, .succeeded] : StepFlags.terminated).rawValue
      buffer.episodes.append(
        FinishedEpisode(
          episodeReturn: buffer.rewards[e], length: UInt32(clamping: max(1, rollout.sequence.chosenCount)),
          succeeded: verdict.isRight))
      buffer.facts.add("legal", verdict.isLegal ? 1 : 0)
      buffer.facts.add("right parts", verdict.partial)
    }
  }

  /// Tokens, spans and log-probabilities of one text.
  private func write(_ text: TokenSequence, to e: Int) {
    precondition(text.count <= length, "a text of \(text.count) tokens in an unroll of \(length)")
    let tokens = buffer.row(0, e).assumingMemoryBound(to: UInt8.self)
    let (spans, logs) = (spans + e * length, logs + e * length)
    let firstWritten = text.isChosen.firstIndex(of: true) ?? text.count
    var total: Float = 0
    for position in 0..<length {
      guard position < text.count else {
        (tokens[position], spans[position], logs[position]) = (0, TextSpan.none.rawValue, 0)
        continue
      }
      let isChosen = text.isChosen[position]
      let span: TextSpan = isChosen ? .policy : position < firstWritten ? .question : .world
      tokens[position] = text.tokens[position]
      spans[position] = span.rawValue
      logs[position] = isChosen ? text.old[position] : 0
      total += logs[position]
    }
    buffer.actions[e] = Int32(text.tokens.last ?? 0)
    // Rounding can give a token's log-probability slightly above 0, which adds up.
    buffer.logProbabilities[e] = min(total, 0)
  }
}
