import Configuration
import Runtime
import Testing
import TextPolicy

@testable import Learner

/// Losses on the groups of a batch are those of `TextPolicy` on the texts that they look at.
@Suite struct TextLossTests {
  private static let losses: [TextSection.Loss] = [.grpo, .p3o, .nft, .dpo, .likelihood]

  private func loss(_ kind: TextSection.Loss, divergence: Double = 0, clip: Double = 0.2) -> TextLoss {
    var section = TextSection()
    (section.loss, section.divergence, section.beta) = (kind, divergence, 0.3)
    return TextLoss(section, clip: clip)
  }

  /// Texts of three to six tokens, the first of which nobody chose.
  private func group(texts: Int, seed: UInt64 = 1) -> TokenGroup {
    var generator = RandomGenerator(seed: seed)
    var starts = [0]
    for _ in 0..<texts { starts.append(starts[starts.count - 1] + 3 + generator.below(4)) }
    let count = starts[texts]
    let current = (0..<count).map { _ in -Double(generator.uniform()) * 2 - 0.1 }
    func near() -> [Double] { current.map { $0 + 0.3 * Double(2 * generator.uniform() - 1) } }
    return TokenGroup(
      starts: starts, current: current, old: near(), reference: near(),
      isChosen: (0..<count).map { !starts.contains($0) })
  }

  private func slopes(_ loss: TextLoss, _ group: TokenGroup, _ rewards: [Double?]) -> [Double] {
    var slopes = [Double](repeating: 0, count: group.current.count)
    _ = loss.add(group, rewards: rewards, tokens: 10, questions: 4, to: &slopes)
    return slopes
  }

  /// The texts of a group as one of their own, copied element by element.
  private func part(_ group: TokenGroup, _ texts: [Int]) -> (group: TokenGroup, tokens: [Int]) {
    let tokens = texts.flatMap { Array(group.range($0)) }
    let starts = texts.reduce(into: [0]) { $0.append($0[$0.count - 1] + group.range($1).count) }
    let part = TokenGroup(
      starts: starts, current: tokens.map { group.current[$0] }, old: tokens.map { group.old[$0] },
      reference: tokens.map { group.reference[$0] }, isChosen: tokens.map { group.isChosen[$0] })
    return (part, tokens)
  }

  /// Expects the slopes that `add` gives some texts, and none elsewhere.
  private func expect(
    _ slopes: [Double], _ group: TokenGroup, _ texts: [[Int]], _ add: (TokenGroup, Int, inout [Double]) -> Void
  ) {
    var expected = [Double](repeating: 0, count: slopes.count)
    for (index, texts) in texts.enumerated() {
      let (part, tokens) = part(group, texts)
      var own = [Double](repeating: 0, count: tokens.count)
      add(part, index, &own)
      for (token, slope) in zip(tokens, own) { expected[token] += slope }
    }
    #expect(slopes == expected && slopes.contains { $0 != 0 })
  }

  @Test func neighboursArePairs() {
    let group = group(texts: 6)
    let rewards: [Double?] = [1, 0, 0.5, 1, nil, 1]
    expect(slopes(loss(.p3o, divergence: 0.1), group, rewards), group, [[0, 1], [2, 3]]) { part, index, slopes in
      PairwisePolicyLoss(clip: 0.2, divergenceWeight: 0.1).add(
        part, rewards: [rewards[2 * index] ?? 0, rewards[2 * index + 1] ?? 0], weight: 0.2, to: &slopes)
    }
  }

  @Test func theNegativePolicySeesLabelledAnswers() {
    let group = group(texts: 4)
    expect(slopes(loss(.nft), group, [1, nil, 0.4, 0.5]), group, [[0, 2, 3]]) { part, _, slopes in
      NegativeAwareLoss().add(part, outcomes: [true, false, true], weight: 0.1, to: &slopes)
    }
  }

  @Test func theBestAnswerIsPreferredToTheWorst() {
    let group = group(texts: 5)
    expect(slopes(loss(.dpo), group, [0.5, 1, nil, 0.2, 1]), group, [[1, 3]]) { part, _, slopes in
      PreferenceLoss(beta: 0.3).add(part, weight: 0.25, to: &slopes)
    }
    #expect(loss(.dpo).readsReference && !loss(.nft).readsReference && !loss(.grpo).readsReference)
    #expect(loss(.grpo, divergence: 0.1).readsReference)
  }

  @Test func answersCountAsMuchAsTheyAreWorth() {
    let group = group(texts: 3)
    expect(slopes(loss(.likelihood), group, [1, nil, 0.5]), group, [[0, 1, 2]]) { part, _, slopes in
      LikelihoodLoss.add(part, weight: 0.1, factors: [1, 0, 0.5], to: &slopes)
    }
  }

  @Test func advantagesAreAmongLabelledAnswers() {
    let rewards: [Double?] = [1, nil, 0, 1]
    let expected = GroupAdvantages.normalised([1, 0, 1])
    #expect(TextLoss.advantages(rewards) == [expected[0], 0, expected[1], expected[2]])
    #expect(TextLoss.advantages([nil, nil]) == [0, 0])
    let group = group(texts: 4)
    expect(slopes(loss(.grpo), group, rewards), group, [[0, 1, 2, 3]]) { part, _, slopes in
      PolicyGradientLoss(clipLow: 1 - 1 / 1.2, clipHigh: 0.2).add(
        part, advantages: [expected[0], 0, expected[1], expected[2]], weight: 0.1, to: &slopes)
    }
  }

  /// Without a label, or without a difference, nothing is taught; imitation alone follows answers that are all right.
  @Test(arguments: losses) func nothingIsLearnedFromNothing(kind: TextSection.Loss) {
    let group = group(texts: 4)
    #expect(slopes(loss(kind), group, [nil, nil, nil, nil]).allSatisfy { $0 == 0 })
    #expect(slopes(loss(kind), group, [0, 0, 0, 0]).allSatisfy { $0 == 0 })
    let right = slopes(loss(kind), group, [1, 1, 1, 1])
    #expect(right.contains { $0 != 0 } == (kind == .likelihood))
    for text in 0..<4 {
      let labelled: [Double?] = [1, 0, 1, 0].enumerated().map { $0 == text ? nil : $1 }
      let slopes = slopes(loss(kind), group, labelled)
      #expect(slopes[group.range(text)].allSatisfy { $0 == 0 } && slopes.contains { $0 != 0 })
    }
  }
}
