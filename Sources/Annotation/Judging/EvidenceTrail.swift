import Environments

/// Gathers the evidence of a label from answers as they come.
struct EvidenceTrail: Sendable {
  private(set) var evidence: LabelEvidence
  private let start: ContinuousClock.Instant

  /// Begins the moment before the first request.
  init(prompt: String, goal: String, start: ContinuousClock.Instant) {
    evidence = LabelEvidence(prompt: prompt, goal: goal, answerDigest: ByteHash.fnv1a([]))
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
