import ActorCritic
import Configuration
import Glibc
import TextPolicy

/// What an update of a text policy minimises, question by question. It reads what a unit has: log-probabilities, those of the
/// sampling policy and of a reference, and what each answer is worth. An answer without a label teaches nothing.
struct TextLoss {
  private let kind: TextSection.Loss
  private let gradient: PolicyGradientLoss
  private let pairs: PairwisePolicyLoss
  private let preference: PreferenceLoss
  /// Whether it compares with a reference policy.
  let readsReference: Bool

  init(_ section: TextSection, clip: Double) {
    kind = section.loss
    gradient = PolicyGradientLoss(
      clipLow: 1 - 1 / (1 + clip), clipHigh: clip, divergenceWeight: section.divergence)
    pairs = PairwisePolicyLoss(clip: clip, divergenceWeight: section.divergence)
    preference = PreferenceLoss(beta: section.beta)
    readsReference = section.divergence > 0 || kind == .dpo
  }

  /// Whether ratios are clipped, and where.
  var clip: PolicyGradientLoss? { kind == .grpo ? gradient : nil }

  /// Adds d loss / d log pi of the answers to a question.
  /// - Parameters:
  ///   - rewards: what each answer is worth, 0 ... 1; nil without a label.
  ///   - tokens: tokens that the policy chose in the batch.
  ///   - questions: of the batch.
  /// - Returns: the loss.
  func add(
    _ group: TokenGroup, rewards: [Double?], tokens: Int, questions: Int, to slopes: inout [Double]
  ) -> Double {
    let weight = 1 / Double(max(tokens, 1))
    switch kind {
    case .grpo:
      return gradient.add(group, advantages: Self.advantages(rewards), weight: weight, to: &slopes)
    case .p3o:
      return stride(from: 0, to: rewards.count - 1, by: 2).reduce(0) { sum, first in
        guard let one = rewards[first], let other = rewards[first + 1] else { return sum }
        // Half the tokens of a pair belong to each answer; the weight is that of the policy gradient.
        return sum
          + group.add(part: [first, first + 1], to: &slopes) {
            pairs.add($0, rewards: [one, other], weight: 2 * weight, to: &$1)
          }
      }
    case .nft:
      let labelled = rewards.indices.filter { rewards[$0] != nil }
      return group.add(part: labelled, to: &slopes) { part, slopes in
        let outcomes = labelled.map { (rewards[$0] ?? 0) >= 0.5 }
        return NegativeAwareLoss().add(part, outcomes: outcomes, weight: weight, to: &slopes)
      }
    case .dpo:
      guard let pair = Self.extremes(rewards) else { return 0 }
      return group.add(part: [pair.best, pair.worst], to: &slopes) {
        preference.add($0, weight: 1 / Double(max(questions, 1)), to: &$1)
      }
    case .likelihood:
      return LikelihoodLoss.add(group, weight: weight, factors: rewards.map { $0 ?? 0 }, to: &slopes)
    case .laser, .nash, .treg: preconditionFailure("the configuration's rules refuse \(kind)")
    }
  }

  /// Advantages in a group; 0 for an answer without a label.
  static func advantages(_ rewards: [Double?]) -> [Double] {
    let known = rewards.compactMap { $0 }
    guard !known.isEmpty else { return rewards.map { _ in 0 } }
    var next = GroupAdvantages.normalised(known).makeIterator()
    return rewards.map { $0 == nil ? 0 : next.next() ?? 0 }
  }

  /// The first of the best and of the worst answers; nil if all are worth the same.
  static func extremes(_ rewards: [Double?]) -> (best: Int, worst: Int)? {
    var pair: (best: Int, worst: Int)?
    for (index, reward) in rewards.enumerated() {
      guard let reward else { continue }
      guard let known = pair else {
        pair = (index, index)
        continue
      }
      if reward > rewards[known.best] ?? reward { pair?.best = index }
      if reward < rewards[known.worst] ?? reward { pair?.worst = index }
    }
    guard let pair, pair.best != pair.worst else { return nil }
    return pair
  }
}

extension TokenGroup {
  /// Adds the slopes of a loss of some of the group's texts.
  /// - Parameter loss: receives these texts as a group of their own.
  /// - Returns: what `loss` returns.
  fileprivate func add(
    part texts: [Int], to slopes: inout [Double], loss: (TokenGroup, inout [Double]) -> Double
  ) -> Double {
    var part = TokenGroup(index: index, starts: [0], current: [], old: [], reference: [], isChosen: [])
    for text in texts {
      let range = range(text)
      part.current += current[range]
      part.old += old[range]
      if !reference.isEmpty { part.reference += reference[range] }
      part.isChosen += isChosen[range]
      part.starts.append(part.current.count)
    }
    var own = [Double](repeating: 0, count: part.current.count)
    let value = loss(part, &own)
    for (place, text) in texts.enumerated() {
      for (offset, token) in range(text).enumerated() { slopes[token] += own[part.starts[place] + offset] }
    }
    return value
  }
}
