import Statistics

/// Standardises scores by their running moments,
///
///     z = (r - mean) / deviation
///
/// over the steps that have a score. Steps without a score stay unknown and do not count.
struct Standardisation: RewardTransform {
  static let entry = RewardTransformEntry(
    name: "standardise", kind: .scaling,
    parameters: [
      .real("decay", 1, 0...1, "factor of the weight of earlier scores, for each unroll; 1 forgets nothing")
    ],
    explanation: "(r - mean) / deviation, with the running moments of the scores.",
    make: { Standardisation(decay: $0("decay")) })

  /// Below this deviation all rewards are 0: if scores hardly differ, there is no scale.
  static let minimumDeviation = 1e-6

  private(set) var moments: RunningMoments
  private var othersMoments = RunningMoments()

  init(decay: Double) { moments = RunningMoments(decay: decay) }

  mutating func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs) {
    moments.merge(UnsafeBufferPointer(start: rewards, count: inputs.count))
    let all = allMoments
    for index in 0..<inputs.count {
      rewards[index] = all.standardised(rewards[index], minimumDeviation: Self.minimumDeviation)
    }
  }

  func value(of score: Float) -> Float { allMoments.standardised(score, minimumDeviation: Self.minimumDeviation) }

  /// What all learners have seen.
  private var allMoments: RunningMoments { moments.together(with: othersMoments) }

  var ownMoments: RunningMoments? { moments }
  mutating func take(othersMoments: RunningMoments) { self.othersMoments = othersMoments }

  var state: RewardTransformState? { .moments(allMoments) }

  mutating func restore(_ state: RewardTransformState) -> Bool {
    guard case .moments(let saved) = state, saved.decay == moments.decay else { return false }
    moments = saved
    return true
  }

  var facts: [RewardFact: Double] { allMoments.facts }
}

extension RunningMoments {
  /// (value - mean) / deviation; 0 while the deviation is below `minimumDeviation`. NaN stays NaN.
  func standardised(_ value: Float, minimumDeviation: Double) -> Float {
    guard let deviation, deviation >= minimumDeviation, !value.isNaN else { return value.isNaN ? value : 0 }
    return Float((Double(value) - mean) / deviation)
  }

  /// Mean and deviation for the metrics; empty before the first value.
  var facts: [RewardFact: Double] { deviation.map { [.mean: mean, .deviation: $0] } ?? [:] }
}

/// Keeps a score that is above the running q-quantile of the latest scores; other scores become 0.
///
/// If scores have few values, it is possible that none is above the quantile: for labels 0 and 1, a q above the
/// share of zeros pays nothing.
struct QuantileThreshold: RewardTransform {
  static let entry = RewardTransformEntry(
    name: "quantile", kind: .scaling,
    parameters: [.real("q", 0.5, 0...1, "share of the latest 4096 scores that is not paid")],
    explanation: "r if it is above the q-quantile of the latest scores, else 0.",
    make: { QuantileThreshold(q: $0("q")) })

  /// Number of latest scores in the window.
  static let windowCount = 4096
  /// Number of new scores after which the quantile is computed again.
  static let refreshCount = 512

  let q: Double
  /// The latest scores; a ring buffer once it is full.
  private var window: [Float] = []
  /// Place of the next score.
  private var next = 0
  /// New scores since the quantile was computed. It starts high, so that the first score computes it.
  private var fresh = refreshCount
  /// nil before the first score.
  private(set) var threshold: Float?

  init(q: Double) {
    self.q = q
    window.reserveCapacity(Self.windowCount)
  }

  mutating func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs) {
    for index in 0..<inputs.count where rewards[index].isFinite { take(rewards[index]) }
    refresh()
    for index in 0..<inputs.count { rewards[index] = value(of: rewards[index]) }
  }

  func value(of score: Float) -> Float {
    if score.isNaN { return score }
    return score > threshold ?? .infinity ? score : 0
  }

  private mutating func take(_ score: Float) {
    if window.count < Self.windowCount { window.append(score) } else { window[next] = score }
    next = (next + 1) % Self.windowCount
    fresh += 1
  }

  private mutating func refresh() {
    guard !window.isEmpty, fresh >= Self.refreshCount else { return }
    threshold = Quantile.lower(q, ofSorted: window.sorted())
    fresh = 0
  }

  /// The saved scores do not depend on q.
  var state: RewardTransformState? {
    .scores(window.count < Self.windowCount ? window : Array(window[next...] + window[..<next]))
  }

  mutating func restore(_ state: RewardTransformState) -> Bool {
    guard case .scores(let saved) = state else { return false }
    window.removeAll(keepingCapacity: true)
    next = 0
    fresh = Self.refreshCount
    for score in saved.suffix(Self.windowCount) { take(score) }
    refresh()
    return true
  }

  var facts: [RewardFact: Double] { threshold.map { [.quantile: Double($0)] } ?? [:] }
}
