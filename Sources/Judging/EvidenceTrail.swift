import Captions
import Runtime

/// Gathers the evidence of a label from answers as they come.
struct EvidenceTrail: Sendable {
  private(set) var evidence: LabelEvidence
  private let start: ContinuousClock.Instant

  /// Begins the moment before the first request.
  /// - Parameter asked: the text the model is shown, unless that is the caption itself.
  init(prompt: String, goal: String, asked: [UInt8] = [], start: ContinuousClock.Instant) {
    evidence = LabelEvidence(prompt: prompt, goal: goal, answerDigest: ByteHash.fnv1a([]), asked: asked)
    self.start = start
  }

  mutating func add(_ answer: ModelAnswer, at time: ContinuousClock.Instant) {
    evidence.model = answer.model
    evidence.server = answer.server
    evidence.latencySeconds = max(evidence.latencySeconds, (time - start).inSeconds)
    evidence.promptTokens += answer.promptTokens
    evidence.answerTokens += answer.answerTokens
    evidence.samples += 1
    evidence.answerDigest = ByteHash.fnv1a(
      [0], continuing: ByteHash.fnv1a(answer.text.utf8, continuing: evidence.answerDigest))
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
