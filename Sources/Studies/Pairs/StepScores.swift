import Runtime

/// Scores of steps that are learned from won and lost episodes of the same task by Bradley and Terry's loss
///
///     loss = -log sigmoid(mean of the won one's scores - mean of the lost one's)
///
/// in two forms with the same features, pairs and updates.
enum StepScores {
  /// What a step is worth.
  enum Form: Sendable {
    /// A number without bounds, linear in the features of state and action.
    case explicit
    /// beta (log phi(a) - log reference(a)), where phi is a policy that begins as the reference: the implicit process
    /// reward of OPRL (arXiv 2509.19199), whose scores are 0 before it has learned. nil takes the policy that played the
    /// step as reference.
    case implicit(reference: LinearScores?)
  }

  struct Model: Sendable {
    let form: Form
    /// Factor of implicit scores.
    var beta: Float = 1
    private(set) var weights: LinearScores

    /// - Parameter start: phi before it has learned; nil for the reference.
    init(_ form: Form, start: LinearScores? = nil) {
      self.form = form
      switch form {
      case .explicit: weights = LinearScores()
      case .implicit(let reference): weights = start ?? reference ?? LinearScores()
      }
    }

    func score(_ step: GameStep) -> Float {
      switch form {
      case .explicit: weights.value(step.features, step.action)
      case .implicit(let reference):
        beta
          * (weights.logProbabilities(step.features)[step.action]
            - (reference?.logProbabilities(step.features) ?? step.old)[step.action])
      }
    }

    func scores(_ episode: GameEpisode) -> [Float] { episode.steps.map(score) }

    func mean(_ episode: GameEpisode) -> Float { Logistic.mean(scores(episode)) }

    /// Learns from pairs in random order.
    mutating func learn(
      _ pairs: [(won: GameEpisode, lost: GameEpisode)], updates: Int, rate: Float,
      _ generator: inout RandomGenerator
    ) {
      guard !pairs.isEmpty else { return }
      for _ in 0..<updates {
        let pair = pairs[generator.below(pairs.count)]
        let slope = Logistic.sigmoid(mean(pair.lost) - mean(pair.won))
        raise(pair.won, by: rate * slope)
        raise(pair.lost, by: -rate * slope)
      }
    }

    /// Raises the mean score of an episode.
    private mutating func raise(_ episode: GameEpisode, by amount: Float) {
      let share = amount / Float(max(1, episode.steps.count))
      for step in episode.steps {
        switch form {
        case .explicit: weights.raise(step.features, step.action, by: share)
        case .implicit: weights.raiseLogProbability(step.features, step.action, by: share * beta)
        }
      }
    }
  }

  /// Share of the pairs in which the won episode has the larger mean score; ties count half. nil without pairs.
  static func accuracy(_ groups: [GameGroup], _ score: (GameEpisode) -> Float) -> Double? {
    var (right, count) = (0.0, 0)
    for group in groups {
      let scores = group.episodes.map(score)
      for won in scores.indices where group.episodes[won].hasWon {
        for lost in scores.indices where !group.episodes[lost].hasWon {
          count += 1
          right += scores[won] > scores[lost] ? 1 : scores[won] == scores[lost] ? 0.5 : 0
        }
      }
    }
    return count > 0 ? right / Double(count) : nil
  }

  /// The perfect judge's score: 1 for a step that brings the hero nearer to the win.
  static func judge(_ step: GameStep) -> Float { step.isGood ? 1 : 0 }

  /// The same episodes, of which chance decides who has won: pairs without an effect.
  static func withoutEffect(_ groups: [GameGroup], _ generator: inout RandomGenerator) -> [GameGroup] {
    groups.map { group in
      GameGroup(
        task: group.task,
        episodes: group.episodes.map { GameEpisode(steps: $0.steps, hasWon: generator.uniform() < 0.5) })
    }
  }
}
