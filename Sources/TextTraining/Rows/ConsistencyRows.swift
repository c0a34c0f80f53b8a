import TextPolicy
import TextTasks

/// Rows that change how a pair counts: CREAM by the consistency of two policies, SELM by optimism.
enum ConsistencyRows {
  static let all = [consistency, optimism]

  private static let answers = 5

  /// CREAM (Wang et al. 2024): the policy's own log-ratio to the start is its reward, and a pair counts both ways by how much
  /// its ranking agrees with the previous policy's.
  static let consistency = TextRow(
    "cream", "Pairs weighted by the consistency of the policy's rankings are better than the policy's pairs alone",
    criteria: [
      Criterion("right", minus: "right without consistency"),
      Criterion("area under curve of consistency", atLeast: 0.6),
    ]
  ) { lab, seed in
    var measures: [String: Double] = [:]
    for isWeighted in [true, false] {
      let trainer = try lab.chain(seed: seed)
      let start = trainer.policy.copied()
      measures["sft"] = trainer.score(problems: 512).right
      trainer.learner.learningRate = RowLab.preferenceRate
      // The first iterate learns from labels, so that the log-ratio to the start means something.
      let labelled = trainer.rollouts(trainer.problems(256), repeats: answers)
      let pairs = RowLab.extremes(labelled, repeats: answers) { RowLab.verifier(labelled[$0]) }
      PairUpdate().run(trainer, pairs, reference: start)
      var previous = start
      for _ in 1...2 {
        let now = trainer.policy.copied()
        let area = iterate(trainer, start: start, previous: previous, isWeighted: isWeighted)
        if isWeighted, let area { measures["area under curve of consistency"] = area }
        previous = now
      }
      measures[isWeighted ? "right" : "right without consistency"] = trainer.score(problems: 512).right
    }
    return measures
  }

  /// Returns how well a problem's consistency tells whether its pair is the right way around; nil if all pairs are.
  private static func iterate(
    _ trainer: TextTrainer, start: TextPolicy, previous: TextPolicy, isWeighted: Bool
  ) -> Double? {
    let rollouts = trainer.rollouts(trainer.problems(256), repeats: answers)
    let base = trainer.logs(rollouts, policy: start)
    let now = zip(trainer.logs(rollouts, policy: trainer.policy), base).map { $0 - $1 }
    let before = zip(trainer.logs(rollouts, policy: previous), base).map { $0 - $1 }
    var (pairs, trust): ([TextPair], [Double]) = ([], [])
    var samples: [(score: Double, isPositive: Bool)] = []
    for first in stride(from: 0, to: rollouts.count, by: answers) {
      let range = first..<first + answers
      guard let best = range.max(by: { now[$0] < now[$1] }), let worst = range.min(by: { now[$0] < now[$1] }),
        rollouts[best].answer != rollouts[worst].answer
      else { continue }
      pairs.append(TextPair(chosen: rollouts[best].sequence, rejected: rollouts[worst].sequence))
      let consistency = (kendall(Array(now[range]), Array(before[range])) + 1) / 2
      trust.append(isWeighted ? consistency : 1)
      let (right, wrong) = (RowLab.verifier(rollouts[best]), RowLab.verifier(rollouts[worst]))
      if right != wrong { samples.append((consistency, right > wrong)) }
    }
    PairUpdate().run(trainer, pairs, reference: trainer.policy.copied(), trust: trust)
    return RowLab.areaUnderCurve(samples)
  }

  /// Kendall's rank correlation: the share of pairs in the same order minus the share in the other one.
  static func kendall(_ x: [Double], _ y: [Double]) -> Double {
    var (sum, count) = (0, 0)
    for i in x.indices {
      for j in 0..<i {
        let sign = (x[i] - x[j]) * (y[i] - y[j])
        sum += sign > 0 ? 1 : sign < 0 ? -1 : 0
        count += 1
      }
    }
    return count > 0 ? Double(sum) / Double(count) : 0
  }

  /// SELM (Zhang et al. 2024).
  static let optimism = TextRow(
    "selm", "Optimism finds more different right answers of a prompt, at no cost of success",
    criteria: [
      Criterion("different right answers", minus: "different right answers of dpo"),
      Criterion("right", minus: "right of dpo", atLeast: -0.03),
    ]
  ) { lab, seed in
    var measures: [String: Double] = [:]
    for (name, optimism) in [("dpo", 0.0), ("selm", 0.1)] {
      let trainer = try lab.chain(seed: seed)
      trainer.learner.learningRate = RowLab.preferenceRate
      for _ in 1...3 {
        let previous = trainer.policy.copied()
        let rollouts = trainer.rollouts(trainer.problems(256), repeats: answers)
        let pairs = RowLab.extremes(rollouts, repeats: answers) { RowLab.verifier(rollouts[$0]) }
        var update = PairUpdate()
        update.loss = PreferenceLoss(beta: 0.1, optimism: optimism)
        update.run(trainer, pairs, reference: previous)
      }
      let tested = trainer.rollouts(trainer.problems(128), repeats: 16)
      let different = stride(from: 0, to: tested.count, by: 16).map { first in
        Set(tested[first..<first + 16].filter(\.verdict.isRight).map(\.answer)).count
      }
      let suffix = optimism > 0 ? "" : " of \(name)"
      measures["different right answers" + suffix] = Double(different.reduce(0, +)) / 128
      measures["right" + suffix] = trainer.score(problems: 512).right
    }
    return measures
  }
}
