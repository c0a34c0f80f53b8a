/// Pays a score only where it is above the running q-quantile of the latest scores, and else 0.
///
/// With scores of few values nothing may be above the quantile: of labels 0 and 1, a q beyond the share of zeros pays
/// nothing.
struct QuantileThreshold: RewardTransform {
  static let entry = RewardTransformEntry(
    name: "quantile", kind: .scaling,
    parameters: [.real("q", 0.5, 0...1, "share of the latest 4096 scores that is not paid")],
    explanation: "r where it is above the q-quantile of the latest scores, else 0.",
    make: { QuantileThreshold(q: $0("q")) })

  /// Scores that are remembered.
  static let windowCount = 4096
  /// Scores after which the quantile is taken anew.
  static let refreshCount = 512

  let q: Double
  /// The latest scores, a ring once it is full.
  private var window: [Float] = []
  /// Where the next score goes.
  private var next = 0
  /// Scores taken in since the quantile was; the first one is taken at once.
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

  /// The lower q-quantile: the value with a share q of the others at or below it.
  static func quantile(_ values: [Float], _ q: Double) -> Float? {
    guard !values.isEmpty else { return nil }
    return values.sorted()[Int(q * Double(values.count - 1))]
  }

  private mutating func take(_ score: Float) {
    if window.count < Self.windowCount { window.append(score) } else { window[next] = score }
    next = (next + 1) % Self.windowCount
    fresh += 1
  }

  private mutating func refresh() {
    guard !window.isEmpty, fresh >= Self.refreshCount else { return }
    threshold = Self.quantile(window, q)
    fresh = 0
  }

  /// What is saved does not depend on q.
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
