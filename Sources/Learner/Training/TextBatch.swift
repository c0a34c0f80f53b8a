import ActorCritic
import Glibc
import IntrinsicReward
import TextPolicy
import Trajectories

/// The answers of a batch, group after group, with what they are worth.
struct TextBatch {
  /// Smallest log-probability that counts: random numbers have 24 bits, so a token that was sampled has a larger one. With
  /// the smallest number that an unroll may hold, gradients would not be finite.
  private static let smallestLog: Float = -20

  var sequences: SequenceBatch
  /// What training takes each answer for; nil without a label.
  private let rewards: [Double?]
  /// What the task says each answer is worth.
  private let taskRewards: [Double]
  private let isLabelled: Bool
  /// Answers to a question.
  private let answers: Int
  let frames: Int

  /// - Parameters:
  ///   - items: unrolls that the learner has checked; each has all answers to its questions.
  ///   - answers: to each question.
  init(_ items: [QueuedUnroll], answers: Int) {
    var texts: [TokenSequence] = []
    var (rewards, taskRewards): ([Double?], [Double]) = ([], [])
    for item in items {
      let unroll = item.unroll
      for e in 0..<unroll.environmentCount {
        texts.append(Self.text(unroll, e))
        taskRewards.append(Double(unroll[Step.rewards][e]))
        let label = item.labels.isEmpty ? unroll[Step.rewards][e] : item.labels[e]
        rewards.append(label.isNaN ? nil : Double(label))
      }
    }
    sequences = SequenceBatch(texts)
    self.rewards = rewards
    self.taskRewards = taskRewards
    isLabelled = items.contains { !$0.labels.isEmpty }
    self.answers = answers
    frames = items.reduce(0) { $0 + $1.frames }
  }

  /// The text that an environment of an unroll has written; see `TextStep`.
  static func text(_ unroll: Unroll, _ e: Int) -> TokenSequence {
    guard let spans = unroll[TextStep.spans], let logs = unroll[TextStep.logProbabilities] else {
      preconditionFailure("the unrolls of a text policy say who wrote a token")
    }
    let rowBytes = unroll.shape.rowByteCount
    let tokens = unroll[Step.observations] + e * rowBytes
    let length = unroll.shape.textLength
    var text = TokenSequence(tokens: [], promptCount: 0)
    for position in 0..<length {
      let span = TextSpan(rawValue: spans[e * length + position]) ?? .none
      if span == .none { break }
      text.append(
        tokens[position], isChosen: span == .policy,
        old: span == .policy ? max(logs[e * length + position], smallestLog) : 0)
    }
    return text
  }

  /// What the answers to a question are worth, by its number in the batch; nil without a label.
  func rewards(_ group: Int) -> [Double?] { Array(rewards[group * answers..<(group + 1) * answers]) }

  var questions: Int { rewards.count / max(answers, 1) }

  /// Mean over the questions of the deviation of their answers' rewards.
  var rewardDeviation: Double {
    guard questions > 0 else { return 0 }
    return (0..<questions).reduce(0) { sum, group in
      let values = rewards(group).compactMap { $0 }
      guard !values.isEmpty else { return sum }
      let mean = values.reduce(0, +) / Double(values.count)
      return sum + (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot()
    } / Double(questions)
  }

  var rewardStatistics: RewardStatistics {
    var statistics = RewardStatistics()
    statistics.steps = rewards.count
    statistics.extrinsicSum = taskRewards.reduce(0, +)
    guard isLabelled else { return statistics }
    let labels = rewards.compactMap { $0 }
    (statistics.captionedSteps, statistics.labelledSteps) = (rewards.count, labels.count)
    (statistics.intrinsicSum, statistics.paidSteps) = (labels.reduce(0, +), labels.count { $0 != 0 })
    return statistics
  }
}

/// What the last pass of an update has seen, summed over the tokens that the policy chose.
struct TextLossSums {
  var loss = 0.0
  private var tokens = 0
  private var logs = 0.0
  private var ratios = 0.0
  private var divergence = 0.0
  private var clipped = 0

  /// - Parameter clip: where ratios are clipped; nil for a loss that does not.
  mutating func add(_ group: TokenGroup, _ clip: PolicyGradientLoss?) {
    for token in group.current.indices where group.isChosen[token] {
      let difference = group.current[token] - group.old[token]
      let ratio = exp(difference)
      tokens += 1
      logs += group.current[token]
      ratios += min(ratio, 1 + (clip?.clipHigh ?? ratio))
      divergence += ratio - 1 - difference
      if let clip, ratio < 1 - clip.clipLow || ratio > 1 + clip.clipHigh { clipped += 1 }
    }
  }

  /// Entropy is estimated from the tokens that were chosen.
  func write(to statistics: inout TrainStatistics) {
    let count = Double(max(tokens, 1))
    statistics.policyLoss = loss
    statistics.entropy = -logs / count
    statistics.meanRatio = ratios / count
    statistics.divergence = divergence / count
    statistics.clipFraction = Double(clipped) / count
  }
}

extension TrainStatistics {
  /// Computes the lags of the unrolls behind `policyVersion`.
  mutating func setPolicyLag(of items: [QueuedUnroll], behind policyVersion: UInt64) {
    let lags = items.map { policyVersion - min($0.policyVersion, policyVersion) }
    (minimumPolicyLag, maximumPolicyLag) = (lags.min() ?? 0, lags.max() ?? 0)
    meanPolicyLag = lags.isEmpty ? 0 : Double(lags.reduce(0, +)) / Double(lags.count)
  }
}
