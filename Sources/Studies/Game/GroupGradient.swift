import Environments
import Runtime

/// Policy gradient on groups of episodes of the same task, with the mean of the others in the group as baseline (RLOO):
///
///     A_t = (R - mean of the others' R) + weight (r_t - mean of the others' r)
///
/// R is 1 for a win; r are scores of steps, scaled to deviation 1 over the batch.
struct GroupGradient: Sendable {
  /// Tasks of a batch, and episodes of each.
  var tasks = 16
  var repeats = 8
  var batches = 20
  var rate: Float = 3
  /// Weight of the scores of steps.
  var stepWeight: Float = 0

  /// What an update reads: a group with the reward of each episode, and scores of its steps, or none.
  struct Batch {
    var groups: [GameGroup]
    /// [groups][episodes]
    var rewards: [[Float]]
    /// [groups][episodes][steps]; empty for none.
    var scores: [[[Float]]] = []
  }

  /// A batch of new episodes, rewarded for wins.
  func batch(
    _ game: GameTasks, _ policy: LinearScores, _ generator: inout RandomGenerator
  ) -> Batch {
    let groups = game.groups(game.tasks(tasks, &generator), repeats: repeats, &generator) {
      policy.logProbabilities($0)
    }
    return Batch(groups: groups, rewards: groups.map { $0.episodes.map { $0.hasWon ? 1 : 0 } })
  }

  /// Advantages of every step, [groups][episodes][steps].
  func advantages(_ batch: Batch) -> [[[Float]]] {
    let deviation = Logistic.deviation(batch.scores.flatMap { $0.flatMap { $0 } })
    let scale = deviation > 0 ? stepWeight / deviation : 0
    return batch.groups.indices.map { group in
      let rewards = batch.rewards[group]
      let scores = batch.scores.isEmpty ? [] : batch.scores[group]
      let means = scores.map(Logistic.mean)
      return rewards.indices.map { episode in
        let own = rewards[episode] - Self.othersMean(rewards, episode)
        guard !scores.isEmpty else { return batch.groups[group].episodes[episode].steps.map { _ in own } }
        let baseline = Self.othersMean(means, episode)
        return scores[episode].map { own + scale * ($0 - baseline) }
      }
    }
  }

  /// One update of a policy by a batch.
  func update(_ policy: inout LinearScores, _ batch: Batch) {
    let advantages = advantages(batch)
    let before = policy
    let weight = rate / Float(max(1, batch.groups.reduce(0) { $0 + $1.episodes.count }))
    for (group, own) in zip(batch.groups, advantages) {
      for (episode, values) in zip(group.episodes, own) {
        for (step, value) in zip(episode.steps, values) where value != 0 {
          // All gradients are those of the policy that played.
          let logs = before.logProbabilities(step.features)
          for action in 0..<before.actions {
            let slope = (action == step.action ? 1 : 0) - Logistic.exp(logs[action])
            policy.raise(step.features, action, by: weight * value * slope)
          }
        }
      }
    }
  }

  /// The mean of all but one; 0 if there are no others.
  static func othersMean(_ values: [Float], _ index: Int) -> Float {
    guard values.count > 1 else { return 0 }
    return (values.reduce(0, +) - values[index]) / Float(values.count - 1)
  }
}
