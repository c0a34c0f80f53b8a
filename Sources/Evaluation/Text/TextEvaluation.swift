import Runtime
import TextTasks
import TextTraining

/// Lets a text policy answer seeded questions. The results depend only on the policy, the seed, `isGreedy` and the number of
/// questions; fewer questions are the first ones of more.
public struct TextEvaluation: Sendable {
  public var questions = 1_000
  public var seed: UInt64 = 1
  /// Whether the policy takes the likeliest token instead of sampling.
  public var isGreedy = false

  /// Questions that are drawn and answered together.
  private static let questionsOfPass = 256

  public init() {}

  /// - Parameters:
  ///   - keep: receives the answer to each question, by the question's number from 0.
  ///   - progress: receives the number of answers so far.
  public func play(
    _ subject: TextPolicyUnderTest, keep: (TextRollout, Int) throws -> Void = { _, _ in },
    progress: (Int) -> Void = { _ in }
  ) rethrows -> EvaluationReport {
    let player = TextPlayer(subject.plan.evaluationTask, subject.plan.transformer)
    // Apart from the streams of training, whose seeds are mixed from small numbers as well.
    var mixer = SplitMix64(seed: seed ^ 0xE7A1_0000_0000_0000)
    var generator = RandomGenerator(seed: mixer.next())
    var results: [EpisodeResult] = []
    while results.count < questions {
      let problems = (0..<Self.questionsOfPass).map { _ in player.task.problem(&generator) }
      let answersSeed = generator.next()
      let wanted = min(questions - results.count, problems.count)
      let rollouts = player.rollouts(
        Array(problems[..<wanted]), repeats: 1, temperature: isGreedy ? 0 : 1, policy: subject.policy,
        seed: answersSeed)
      for rollout in rollouts {
        try keep(rollout, results.count)
        results.append(EpisodeResult(rollout, number: results.count, reward: subject.plan.reward(of: rollout)))
      }
      progress(results.count)
    }
    return EvaluationReport(
      task: subject.taskName, (subject.path, subject.step, subject.version), seed: seed, isGreedy: isGreedy, results)
  }
}

extension EpisodeResult {
  /// The answer to one question; its length is that of what the policy wrote, in tokens.
  fileprivate init(_ rollout: TextRollout, number: Int, reward: Double) {
    let verdict = rollout.verdict
    self.init(
      episode: number,
      measures: [
        Measure(name: "return", value: reward), Measure(name: "success", value: verdict.isRight ? 1 : 0),
        Measure(name: "length", value: Double(rollout.sequence.chosenCount)),
        Measure(name: "legal", value: verdict.isLegal ? 1 : 0), Measure(name: "right parts", value: verdict.partial),
      ], end: verdict.isRight ? "right" : verdict.isLegal ? "wrong" : "illegal")
  }
}
