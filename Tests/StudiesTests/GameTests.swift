import Environments
import Runtime
import Testing

@testable import Studies

@Suite struct GameTests {
  private let game = GameTasks()

  /// A perfect player wins every task in as few steps as it is away, and each of its steps is good.
  @Test func thePerfectPlayerWins() throws {
    var generator = RandomGenerator(seed: 1)
    for task in game.tasks(40, &generator) {
      var world = task
      var (steps, hasWon) = (0, false)
      while let action = GameTasks.best(world), !hasWon {
        hasWon = world.step(try #require(CaptionGridAction(rawValue: action))).transition.succeeded
        steps += 1
        if hasWon { break }
      }
      #expect(hasWon && steps == task.stepsToWin)
    }
  }

  @Test func episodesEndAndJudgeTheirSteps() {
    var generator = RandomGenerator(seed: 2)
    let uniform = [Float](repeating: -1.9459, count: GameTasks.actions)
    let groups = game.groups(game.tasks(60, &generator), repeats: 4, &generator) { _ in uniform }
    for group in groups {
      #expect(group.pairs.count == group.wins * (4 - group.wins))
      for episode in group.episodes {
        #expect(episode.steps.count <= game.horizon && !episode.steps.isEmpty)
        if episode.hasWon { #expect(episode.steps.last?.isGood == true) }
        // No game is won with fewer good steps than it is away from a win.
        if episode.hasWon { #expect(episode.steps.count(where: \.isGood) >= (group.task.stepsToWin ?? 99)) }
      }
    }
    #expect(groups.contains { $0.wins > 0 } && groups.contains { $0.wins < 4 })
  }

  @Test func imitationWinsMoreThanChance() {
    var generator = RandomGenerator(seed: 3)
    let policy = LinearScores.imitation(of: game.tasks(40, &generator), epochs: 8, rate: 0.1, &generator)
    let test = game.tasks(200, &generator)
    let learned = game.success(test, &generator) { policy.logProbabilities($0) }
    let chance = game.success(test, &generator) { LinearScores().logProbabilities($0) }
    #expect(learned > chance + 0.2, "\(learned) and \(chance)")
  }

  /// Two groups of made-up episodes.
  private func batch(scores: [[[Float]]]) -> GroupGradient.Batch {
    var generator = RandomGenerator(seed: 4)
    let task = game.tasks(1, &generator)[0]
    let step = GameStep(
      features: task.features, action: 1, caption: .none, old: LinearScores().logProbabilities(task.features),
      isGood: true)
    let groups = [[1, 2], [3, 1]].map { lengths in
      GameGroup(task: task, episodes: lengths.map { GameEpisode(steps: Array(repeating: step, count: $0)) })
    }
    return GroupGradient.Batch(groups: groups, rewards: [[1, 0], [1, 1]], scores: scores)
  }

  @Test func advantagesLeaveOneOut() {
    #expect(GroupGradient.othersMean([1, 2, 6], 1) == 3.5 && GroupGradient.othersMean([5], 0) == 0)
    var gradient = GroupGradient()
    #expect(gradient.advantages(batch(scores: [])) == [[[1], [-1, -1]], [[0, 0, 0], [0]]])
    gradient.stepWeight = 0.5
    let scores: [[[Float]]] = [[[3], [1, 1]], [[1, 1, 1], [1]]]
    // Scores are divided by their deviation over the batch.
    let all = scores.flatMap { $0.flatMap { $0 } }
    let scale = 0.5 / Logistic.deviation(all)
    let advantages = gradient.advantages(batch(scores: scores))
    #expect(abs(advantages[0][0][0] - (1 + scale * 2)) < 1e-6)
    #expect(abs(advantages[0][1][1] - (-1 - scale * 2)) < 1e-6)
    #expect(advantages[1].flatMap { $0 }.allSatisfy { $0 == 0 })
    // Without a weight the scores do not count.
    gradient.stepWeight = 0
    #expect(gradient.advantages(batch(scores: scores)) == gradient.advantages(batch(scores: [])))
  }

  @Test func anUpdateRaisesWhatWasGood() {
    var policy = LinearScores()
    let batch = batch(scores: [])
    let step = batch.groups[0].episodes[0].steps[0]
    let before = policy.logProbabilities(step.features)[1]
    var gradient = GroupGradient()
    gradient.rate = 1
    gradient.update(&policy, batch)
    // One good step and two bad ones of the same action: it becomes less likely.
    #expect(policy.logProbabilities(step.features)[1] < before)
  }
}
