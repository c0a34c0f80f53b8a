import Glibc
import TextPolicy
import TextTasks

/// Rows in which the policy judges answers itself: SSR-Zero and Temporal Self-Rewarding.
enum JudgeRows {
  static let all = [selfReward, temporal]

  /// After an answer and this mark, the policy writes 9 for a right answer and 0 for a wrong one.
  static let mark = "J"

  /// `chain(3)` with demonstrations of answers and of judgements: right answers, and answers with one wrong step.
  static func judging(_ lab: RowLab, seed: UInt64) throws -> TextTrainer {
    let task = ChainTask(operations: 3...3)
    return try lab.trainer("judging", task, seed: seed) { trainer in
      var start = SupervisedStart()
      start.target = 0.45
      start.run(
        trainer,
        demonstration: {
          let problem = task.problem(&trainer.generator)
          let right = task.solution(problem, &trainer.generator)
          switch trainer.generator.below(3) {
          case 0: return TextTrainer.demonstration(prompt: problem.prompt, answer: right)
          case 1: return TextTrainer.demonstration(prompt: problem.prompt + right + mark, answer: "9")
          default:
            let wrong = task.solution(
              problem, wrongStep: trainer.generator.below(3), shift: 1 + trainer.generator.below(9))
            return TextTrainer.demonstration(prompt: problem.prompt + wrong + mark, answer: "0")
          }
        })
    }
  }

  /// P(9) / (P(9) + P(0)) of each answer by a policy: its score of the answer, 0 ... 1; 0 for
  /// illegal answers, about which no demonstration said anything.
  static func scores(_ rollouts: [TextRollout], _ trainer: TextTrainer, by judge: TextPolicy) -> [Double] {
    let limit = judge.transformer.options.context - 2
    let texts = rollouts.flatMap { rollout in
      ["9", "0"].map { digit in
        let text = (rollout.problem.prompt + rollout.answer).prefix(limit) + mark
        return TokenSequence(tokens: Vocabulary.tokens(text + digit), promptCount: text.count)
      }
    }
    let logs = trainer.scorer.logProbabilities(texts, policy: judge)
    return rollouts.indices.map { index in
      guard rollouts[index].verdict.isLegal else { return 0 }
      let (good, bad) = (Double(logs[2 * index].last ?? 0), Double(logs[2 * index + 1].last ?? 0))
      return 1 / (1 + exp(bad - good))
    }
  }

  /// SSR-Zero (Yang et al. 2025).
  static let selfReward = TextRow(
    "ssr", "A frozen copy's judgement is reward enough; a judge that can be cheated shows in the correlation",
    criteria: [
      Criterion("right", minus: "sft", atLeast: 0.05), Criterion("correlation", atLeast: 0.5),
      Criterion("correlation", minus: "correlation of a planted judge", atLeast: 0.5),
    ]
  ) { lab, seed in
    var measures: [String: Double] = [:]
    for isPlanted in [false, true] {
      let trainer = try judging(lab, seed: seed)
      let frozen = trainer.policy.copied()
      measures["sft"] = trainer.score(problems: 512).right
      var group = lab.group
      group.loss.divergenceWeight = 0.05
      var curve: [(own: Double, verifier: Double)] = []
      for update in 1...lab.updates {
        let rollouts = trainer.rollouts(trainer.problems(group.prompts), repeats: group.answers)
        // The planted judge likes one digit.
        let rewards =
          isPlanted
          ? rollouts.map { $0.answer.hasSuffix("=7") ? 1.0 : 0 } : scores(rollouts, trainer, by: frozen)
        group.update(trainer, rollouts.map(\.sequence), reference: frozen) { index in
          GroupAdvantages.normalised(Array(rewards[index * group.answers..<(index + 1) * group.answers]))
        }
        guard update.isMultiple(of: 10) else { continue }
        curve.append((rewards.reduce(0, +) / Double(rewards.count), trainer.score(problems: 256).right))
      }
      measures[isPlanted ? "correlation of a planted judge" : "correlation"] = correlation(curve)
      if !isPlanted { measures["right"] = trainer.score(problems: 512).right }
    }
    return measures
  }

  /// Pearson's correlation of own reward and verifier; 0 if one of them does not change.
  private static func correlation(_ points: [(own: Double, verifier: Double)]) -> Double {
    let count = Double(points.count)
    let (x, y) = (points.reduce(0) { $0 + $1.own } / count, points.reduce(0) { $0 + $1.verifier } / count)
    var (xx, yy, xy) = (0.0, 0.0, 0.0)
    for point in points {
      xx += (point.own - x) * (point.own - x)
      yy += (point.verifier - y) * (point.verifier - y)
      xy += (point.own - x) * (point.verifier - y)
    }
    return xx > 0 && yy > 0 ? xy / (xx * yy).squareRoot() : 0
  }

  /// Temporal Self-Rewarding (Wang et al. 2025).
  static let temporal = TextRow(
    "temporal",
    "Rejected answers of the first policy and chosen ones of the next keep the gap of scores that self-rewarding loses",
    criteria: [
      Criterion("gap kept", atLeast: 0.7), Criterion("gap kept", minus: "gap kept by self-rewarding"),
      Criterion("right", minus: "right of self-rewarding"),
    ]
  ) { lab, seed in
    var measures: [String: Double] = [:]
    for isTemporal in [true, false] {
      let trainer = try judging(lab, seed: seed)
      let first = trainer.policy.copied()
      measures["sft"] = trainer.score(problems: 512).right
      trainer.learner.learningRate = RowLab.preferenceRate
      var gaps: [Double] = []
      for _ in 1...4 { gaps.append(isTemporal ? temporalIterate(trainer, first: first) : ownIterate(trainer)) }
      let suffix = isTemporal ? "" : " by self-rewarding"
      measures["gap kept" + suffix] = gaps[3] / max(gaps[0], 1e-3)
      measures[isTemporal ? "right" : "right of self-rewarding"] = trainer.score(problems: 512).right
    }
    return measures
  }

  private static let problemsOfIterate = 128
  private static let answersOfProblem = 5

  /// One iterate of self-rewarding: best and worst of the policy's own answers by its own score. Returns their mean gap.
  private static func ownIterate(_ trainer: TextTrainer) -> Double {
    let previous = trainer.policy.copied()
    let rollouts = trainer.rollouts(trainer.problems(problemsOfIterate), repeats: answersOfProblem)
    let scores = scores(rollouts, trainer, by: previous)
    let pairs = RowLab.extremes(rollouts, repeats: answersOfProblem) { scores[$0] }
    PairUpdate().run(trainer, pairs, reference: previous)
    let gaps = stride(from: 0, to: scores.count, by: answersOfProblem).map { start in
      let group = scores[start..<start + answersOfProblem]
      return (group.max() ?? 0) - (group.min() ?? 0)
    }
    return gaps.reduce(0, +) / Double(gaps.count)
  }

  /// One iterate with anchored rejections and guided choices. Returns the mean gap of the second phase.
  private static func temporalIterate(_ trainer: TextTrainer, first: TextPolicy) -> Double {
    let previous = trainer.policy.copied()
    let problems = trainer.problems(problemsOfIterate)
    func scored(_ policy: TextPolicy) -> [(TextRollout, Double)] {
      let rollouts = trainer.rollouts(problems, repeats: answersOfProblem, policy: policy)
      return Array(zip(rollouts, scores(rollouts, trainer, by: previous)))
    }
    func group(_ all: [(TextRollout, Double)], _ index: Int) -> ArraySlice<(TextRollout, Double)> {
      all[index * answersOfProblem..<(index + 1) * answersOfProblem]
    }
    let (now, old) = (scored(previous), scored(first))
    var chosen = problems.indices.compactMap { group(now, $0).max { $0.1 < $1.1 } }
    let rejected = problems.indices.compactMap { index in
      (group(now, index) + group(old, index)).min { $0.1 < $1.1 }
    }
    PairUpdate().run(trainer, pairs(chosen, rejected), reference: previous)
    let next = scored(trainer.policy.copied())
    for index in problems.indices {
      if let best = group(next, index).max(by: { $0.1 < $1.1 }), best.1 > chosen[index].1 { chosen[index] = best }
    }
    trainer.policy.copy(from: previous)
    PairUpdate().run(trainer, pairs(chosen, rejected), reference: previous)
    return zip(chosen, rejected).reduce(0) { $0 + $1.0.1 - $1.1.1 } / Double(problems.count)
  }

  private static func pairs(
    _ chosen: [(TextRollout, Double)], _ rejected: [(TextRollout, Double)]
  ) -> [TextPair] {
    zip(chosen, rejected).filter { $0.1 > $1.1 }.map {
      TextPair(chosen: $0.0.sequence, rejected: $1.0.sequence)
    }
  }
}
