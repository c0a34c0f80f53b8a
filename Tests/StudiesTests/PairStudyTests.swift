import Captions
import Environments
import Foundation
import Runtime
import Testing

@testable import Studies

@Suite struct PairStudyTests {
  private let game = GameTasks()

  // MARK: Row 36

  private func groups(_ count: Int, seed: UInt64) -> (start: LinearScores, groups: [GameGroup]) {
    var generator = RandomGenerator(seed: seed)
    let start = GameStart.policy(game, &generator)
    let groups = game.groups(game.tasks(count, &generator), repeats: 6, &generator) { start.logProbabilities($0) }
    return (start, groups)
  }

  @Test func implicitScoresBeginAtZeroAndFollowThePairs() throws {
    let (start, groups) = groups(60, seed: 1)
    var model = StepScores.Model(.implicit(reference: start))
    #expect(groups.allSatisfy { $0.episodes.allSatisfy { model.scores($0).allSatisfy { $0 == 0 } } })
    #expect(StepScores.accuracy(groups, model.mean) == 0.5)
    var generator = RandomGenerator(seed: 2)
    model.learn(groups.flatMap(\.pairs), updates: 2000, rate: 1, &generator)
    #expect(try #require(StepScores.accuracy(groups, model.mean)) > 0.75)
    // Nothing is learned from nothing.
    var idle = StepScores.Model(.explicit)
    idle.learn([], updates: 10, rate: 1, &generator)
    #expect(StepScores.accuracy(groups, idle.mean) == 0.5)
    #expect(StepScores.accuracy([], idle.mean) == nil)
  }

  /// The step of one pair follows the gradient of the loss, by central differences along it.
  @Test(arguments: [true, false]) func theStepOfAPairLowersItsLoss(_ isImplicit: Bool) throws {
    let (start, groups) = groups(40, seed: 3)
    let pair = try #require(groups.flatMap(\.pairs).first)
    let form = isImplicit ? StepScores.Form.implicit(reference: start) : .explicit
    func loss(_ model: StepScores.Model) -> Double {
      Foundation.log(1 + Foundation.exp(Double(model.mean(pair.lost) - model.mean(pair.won))))
    }
    let before = StepScores.Model(form)
    var after = before
    var generator = RandomGenerator(seed: 4)
    let rate: Float = 0.02
    after.learn([pair], updates: 1, rate: rate, &generator)
    let square = zip(after.weights.weights, before.weights.weights).reduce(0.0) { sum, weights in
      sum + Double((weights.0 - weights.1) * (weights.0 - weights.1))
    }
    // A step of length |gradient| rate lowers the loss by its square divided by the rate.
    let fall = loss(before) - loss(after)
    #expect(fall > 0 && abs(fall - square / Double(rate)) < 0.05 * fall, "\(fall), \(square / Double(rate))")
  }

  // MARK: Row 12

  /// The loss as the paper has it, in Float64; the first `pairs` answers teach the first judge.
  private func loss(_ outputs: [[Double]], _ targets: [Double], weight: Double, pairs: Int) -> Double {
    func sigmoid(_ x: Double) -> Double { 1 / (1 + Foundation.exp(-x)) }
    func cross(_ p: Double, _ target: Double) -> Double {
      -(target * Foundation.log(p) + (1 - target) * Foundation.log(1 - p))
    }
    return targets.indices.reduce(0) { sum, index in
      let (a, b, target) = (outputs[2 * index], outputs[2 * index + 1], targets[index])
      let (p, q) = (sigmoid(a[0] - b[0]), sigmoid(a[1] - b[1]))
      let own = index < pairs ? cross(p, target) : cross(sigmoid(a[1]), target) + cross(sigmoid(b[1]), 1 - target)
      return sum + (own + weight * ConsistentPairs.divergence(p, q)) / Double(targets.count)
    }
  }

  @Test func gradientsOfConsistentPairs() {
    let outputs: [[Double]] = [[0.5, -1], [-0.25, 0.75], [2, 0.1], [1, -0.4], [0.3, -0.2], [0.6, 1.5]]
    let targets: [Double] = [1, 0, 1]
    for (weight, pairs) in [(0, 1), (0.7, 2), (3.0, 1)] {
      let slopes = ConsistentPairs.slopes(
        outputs.map { $0.map(Float.init) }, targets: targets.map(Float.init), weight: Float(weight), pairs: pairs)
      for row in outputs.indices {
        for output in 0..<2 {
          var (up, down) = (outputs, outputs)
          up[row][output] += 1e-5
          down[row][output] -= 1e-5
          let rise =
            loss(up, targets, weight: weight, pairs: pairs) - loss(down, targets, weight: weight, pairs: pairs)
          #expect(abs(Double(slopes[row][output]) - rise / 2e-5) < 1e-5, "\(row) \(output) \(weight)")
        }
      }
    }
  }

  @Test func theDivergenceOfCoins() {
    #expect(ConsistentPairs.divergence(0.3, 0.3) < 1e-12)
    #expect(abs(ConsistentPairs.divergence(0, 1) - Foundation.log(2)) < 1e-12)
    #expect(ConsistentPairs.divergence(0.2, 0.7) == ConsistentPairs.divergence(0.7, 0.2))
  }

  @Test func aStudentLearnsBothOutputs() {
    let captions = SyntheticCaptions(count: 60, seed: 5)
    let student = PairStudent(captions.captions, seed: 5)
    var generator = RandomGenerator(seed: 5)
    for _ in 0..<60 {
      let places = (0..<32).map { _ in generator.below(60) }
      student.update(places) { outputs in
        zip(outputs, places).map { output, place in
          let target: Float = captions.isHelpful[place] ? 1 : 0
          // The pair's output learns the opposite, so that the two cannot be confused.
          return [Logistic.sigmoid(output[0]) - 1 + target, Logistic.sigmoid(output[1]) - target].map { $0 / 32 }
        }
      }
    }
    let outputs = student.outputs()
    #expect(captions.accuracy(outputs.map { $0[1] }, in: 0..<60) > 0.9)
    #expect(captions.accuracy(outputs.map { $0[0] }, in: 0..<60) < 0.1)
  }

  // MARK: Row 57

  @Test func rankCorrelation() {
    #expect(DegreeStudy.agreement([4, 3, 2, 1]) == 1)
    #expect(DegreeStudy.agreement([1, 2, 3, 4]) == -1)
    #expect(DegreeStudy.agreement([2, 2, 2, 2]) == 0)
    // Ranks 0, 1, 3, 2 with 0, 1, 2, 3: 1 - 6 * 2 / (4 * 15).
    #expect(abs(DegreeStudy.agreement([9, 8, 1, 2]) - 0.8) < 1e-12)
    #expect(abs(DegreeStudy.agreement([3, 3, 1, 0]) - 0.9486832980505138) < 1e-12)
  }

  // MARK: Captions and heads

  @Test func syntheticAnswersHaveTheGivenErrorRate() {
    var captions = SyntheticCaptions(count: 600, seed: 3)
    #expect(Set(captions.captions.map(\.bytes)).count == 600)
    let preferences = captions.preferences(4_000, among: 400, flipRate: 0.3)
    #expect(preferences.allSatisfy { $0.first <= 400 && $0.second <= 400 })
    let right = Double(preferences.count { captions.isRight($0) }) / 4_000
    // Five standard errors.
    #expect(abs(right - 0.7) < 5 * (0.21 / 4_000).squareRoot())
    let perfect = captions.isHelpful.map { $0 ? Float(1) : 0 }
    #expect(captions.accuracy(perfect, in: 400..<600) == 1)
    #expect(captions.accuracy(perfect.map { _ in 0 }, in: 400..<600) == 0.5)
    #expect(captions.accuracy(perfect.map { -$0 }, in: 400..<600) == 0)
  }

  @Test func theSurestHeadIsFurthestFromOneHalf() {
    #expect(EnsembleStudy.surest([0.4, 0.9, 0.2, 0.6]) == 0.9 && EnsembleStudy.surest([0.4, 0.8, 0.1]) == 0.1)
  }
}
