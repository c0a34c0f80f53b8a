import Foundation
import Testing

@testable import TextPolicy

/// Each loss: slopes are central differences, and the property that its paper proves.
@Suite struct LossTests {
  @Test func policyGradientSlopes() {
    let problem = LossProblem(texts: 4, spread: 0.5)
    let loss = PolicyGradientLoss(clipLow: 0.2, clipHigh: 0.3, divergenceWeight: 0.1)
    #expect(problem.largestError { loss.add($0, advantages: [1, -2, 0.5, 0], weight: 0.7, to: &$1) } < 1e-6)
  }

  @Test func policyGradientStopsOutsideTheClip() {
    var problem = LossProblem(texts: 2, spread: 0)
    for token in problem.group.current.indices { problem.group.old[token] -= 0.5 }
    let slopes = problem.slopes { PolicyGradientLoss().add($0, advantages: [1, -1], weight: 1, to: &$1) }
    // The ratio is e^0.5: no more reason to rise, every reason to fall.
    #expect(slopes[problem.group.range(0)].allSatisfy { $0 == 0 })
    #expect(slopes[problem.group.range(1)].contains { $0 > 1 })
  }

  @Test func equalRewardsTeachNothing() {
    #expect(GroupAdvantages.normalised([1, 1, 1]) == [0, 0, 0])
    #expect(GroupAdvantages.centred([0.5, 0.5]) == [0, 0])
    #expect(abs(GroupAdvantages.normalised([1, 0, 0, 0]).reduce(0, +)) < 1e-12)
  }

  @Test func preferenceSlopes() {
    let problem = LossProblem(texts: 2)
    let loss = PreferenceLoss(beta: 0.4, optimism: 0.3)
    #expect(problem.largestError { loss.add($0, trust: 0.8, weight: 0.5, to: &$1) } < 1e-6)
  }

  /// SPIN's fixed point: if policy and data are the same, swapping the roles gives the opposite slopes.
  @Test func preferenceSlopesOfEqualPolicyAndDataCancel() {
    let problem = LossProblem(texts: 2, spread: 0)
    var swapped = problem
    let (first, second) = (problem.group.range(0), problem.group.range(1))
    func swap(_ values: [Double]) -> [Double] { Array(values[second] + values[first]) }
    swapped.group.current = swap(problem.group.current)
    swapped.group.reference = swap(problem.group.reference)
    swapped.group.isChosen = Array(problem.group.isChosen[second] + problem.group.isChosen[first])
    swapped.group.starts = [0, second.count, second.count + first.count]
    swapped.group.reference = swapped.group.current
    var straight = problem
    straight.group.reference = straight.group.current
    let loss = PreferenceLoss(beta: 0.4)
    let (a, b) = (
      straight.slopes { loss.add($0, weight: 1, to: &$1) }, swapped.slopes { loss.add($0, weight: 1, to: &$1) }
    )
    for (x, y) in zip(a[first], b[second.count...]) { #expect(abs(x + y) < 1e-15) }
    for (x, y) in zip(a[second], b[..<second.count]) { #expect(abs(x + y) < 1e-15) }
  }

  @Test func halfTrustTeachesNothingAtEqualRatios() {
    var problem = LossProblem(texts: 2)
    problem.group.reference = problem.group.current
    let slopes = problem.slopes { PreferenceLoss().add($0, trust: 0.5, weight: 1, to: &$1) }
    #expect(slopes.allSatisfy { abs($0) < 1e-15 })
  }

  @Test func likelihoodSlopes() {
    let problem = LossProblem(texts: 3)
    #expect(
      problem.largestError { LikelihoodLoss.add($0, weight: 0.3, factors: [1, 0, 2], to: &$1) } < 1e-6)
    let slopes = problem.slopes { LikelihoodLoss.add($0, weight: 0.3, to: &$1) }
    #expect(zip(slopes, problem.group.isChosen).allSatisfy { ($0 != 0) == $1 })
  }

  @Test func pairwisePolicySlopes() {
    let problem = LossProblem(texts: 2)
    let loss = PairwisePolicyLoss(clip: 0.2, divergenceWeight: 0.1)
    let coefficient = loss.coefficient(problem.group, rewards: [1, 0])
    let error = problem.largestError {
      loss.add($0, rewards: [1, 0], weight: 0.5, to: &$1)
    } value: { group in
      func log(_ text: Int) -> Double {
        group.range(text).reduce(0) { $0 + (group.isChosen[$1] ? group.current[$1] : 0) }
      }
      return -0.5 * coefficient * (log(0) - log(1))
    }
    #expect(error < 1e-6)
  }

  /// A reward that depends on the prompt alone changes no bit (with rewards that floats represent exactly).
  @Test func pairwisePolicyIgnoresShiftsOfTheReward() {
    let problem = LossProblem(texts: 2)
    let loss = PairwisePolicyLoss()
    let plain = problem.slopes { loss.add($0, rewards: [1, 0.25], weight: 1, to: &$1) }
    let shifted = problem.slopes { loss.add($0, rewards: [1 + 64, 0.25 + 64], weight: 1, to: &$1) }
    #expect(plain == shifted)
    let other = problem.slopes { loss.add($0, rewards: [1, 0.5], weight: 1, to: &$1) }
    #expect(plain != other)
  }

  @Test func negativeAwareSlopes() {
    let problem = LossProblem(texts: 4)
    let outcomes = [true, false, false, true]
    #expect(
      problem.largestError { NegativeAwareLoss().add($0, outcomes: outcomes, weight: 0.5, to: &$1) } < 1e-6)
  }

  /// On the policy that sampled the answers, NFT is GRPO.
  @Test func negativeAwareSlopesAreThoseOfGroupAdvantages() {
    var problem = LossProblem(texts: 8)
    problem.group.old = problem.group.current
    let outcomes = [true, false, false, false, true, false, false, false]
    let rewards = outcomes.map { $0 ? 1.0 : 0 }
    let negative = problem.slopes { NegativeAwareLoss().add($0, outcomes: outcomes, weight: 1, to: &$1) }
    // Without the 1e-6 that `normalised` adds to the deviation.
    let advantages = GroupAdvantages.centred(rewards).map { $0 / (0.25 * 0.75).squareRoot() }
    let gradient = problem.slopes { PolicyGradientLoss().add($0, advantages: advantages, weight: 1, to: &$1) }
    for (a, b) in zip(negative, gradient) { #expect(abs(a - b) < 1e-6) }
  }

  @Test func negativeAwareIgnoresGroupsThatAgree() {
    let problem = LossProblem(texts: 2)
    for outcome in [true, false] {
      let slopes = problem.slopes {
        NegativeAwareLoss().add($0, outcomes: [outcome, outcome], weight: 1, to: &$1)
      }
      #expect(slopes.allSatisfy { $0 == 0 })
    }
  }

  @Test func nashSlopes() {
    let problem = LossProblem(texts: 2)
    let loss = NashLoss(divergenceWeight: 0.2)
    let slopes = problem.slopes { loss.add($0, wins: [0.9, 0.2], weight: 0.5, to: &$1) }
    let error = problem.largestError {
      loss.add($0, wins: [0.9, 0.2], weight: 0.5, to: &$1)
    } value: { group in
      zip(slopes, group.current).reduce(0) { $0 + $1.0 * $1.1 }
    }
    #expect(error < 1e-6)
    // An even judge and the reference itself are at rest.
    var rest = problem
    rest.group.reference = rest.group.current
    #expect(rest.slopes { loss.add($0, wins: [0.5, 0.5], weight: 1, to: &$1) }.allSatisfy { $0 == 0 })
  }

  @Test func tokenRewardSlopes() {
    let problem = LossProblem(texts: 2)
    let rewards = problem.group.current.map { TokenRewardLoss.reward(good: $0, bad: -1) }
    let loss = TokenRewardLoss(preference: PreferenceLoss(beta: 0.4), strength: 0.5)
    let factor = sigmoid(-0.4 * PreferenceLoss.margin(problem.group))
    let error = problem.largestError {
      loss.add($0, rewards: rewards, weight: 0.5, to: &$1)
    } value: { group in
      var ignored = [Double](repeating: 0, count: group.current.count)
      var value = PreferenceLoss(beta: 0.4).add(group, weight: 0.5, to: &ignored)
      for token in group.current.indices where group.isChosen[token] {
        value -= 0.5 * 0.5 * factor * 0.4 * rewards[token] * group.current[token]
      }
      return value
    }
    #expect(error < 1e-6)
  }

  @Test func tokenRewardWithoutStrengthIsPreference() {
    let problem = LossProblem(texts: 2)
    let rewards = [Double](repeating: 0.4, count: problem.group.current.count)
    let loss = TokenRewardLoss(preference: PreferenceLoss(), strength: 0)
    #expect(
      problem.slopes { loss.add($0, rewards: rewards, weight: 1, to: &$1) }
        == problem.slopes { PreferenceLoss().add($0, weight: 1, to: &$1) })
  }

  @Test func lastTokenSlopes() {
    let problem = LossProblem(texts: 2)
    let loss = LastTokenLoss(scale: 0.2, constant: -4, strength: 0.5)
    let balance = LastTokenLoss.balance(right: 1, wrong: 3)
    #expect(
      problem.largestError { loss.add($0, outcomes: [true, false], balance: balance, weight: 0.5, to: &$1) } < 1e-6)
    let slopes = problem.slopes {
      loss.add($0, outcomes: [true, false], balance: balance, weight: 0.5, to: &$1)
    }
    #expect(slopes.count { $0 != 0 } == 2)
    #expect(LastTokenLoss.balance(right: 4, wrong: 0) == (1, 1))
    #expect(abs(balance.right * 1 + balance.wrong * 3 - 4) < 1e-12)
  }

  @Test func sigmoidsDoNotOverflow() {
    #expect(sigmoid(-800) == 0 && sigmoid(800) == 1 && sigmoid(0) == 0.5)
    #expect(logSigmoid(-800) == -800 && logSigmoid(800) == 0)
  }
}
