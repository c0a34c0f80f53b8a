import Glibc

/// Weighs the N-th occurrence of a caption in an episode by N^-beta (ONI: beta = 3), so that repetition pays next to
/// nothing.
public struct EpisodicCount: RewardTransform {
  /// Number of occurrences with tabulated weights; later weights are computed.
  static let tabulatedCount = 256

  static let entry = RewardTransformEntry(
    name: "count", kind: .novelty, parameters: [],
    explanation: "r / N^`reward.count_exponent` for the N-th occurrence of the caption in the episode (ONI).",
    make: { EpisodicCount(exponent: $0.options.countExponent) })

  public let exponent: Float
  private let table: [Float]

  /// - Parameter exponent: beta, at least 0; 0 pays every occurrence in full.
  public init(exponent: Float) {
    self.exponent = exponent
    table = (0..<Self.tabulatedCount).map { Self.weight(count: $0, exponent: exponent) }
  }

  /// count^-exponent. A count of 0 means that the worker did not count; it is read as 1.
  public static func weight(count: Int, exponent: Float) -> Float {
    powf(Float(max(count, 1)), -exponent)
  }

  /// The weight of the `count`-th occurrence, from the table.
  public func weight(_ count: UInt16) -> Float {
    let index = Int(count)
    return index < Self.tabulatedCount ? table[index] : Self.weight(count: index, exponent: exponent)
  }

  public func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs) {
    for index in 0..<inputs.count where rewards[index] != 0 { rewards[index] *= weight(inputs.captionCounts[index]) }
  }
}

/// Reduces rewards over the run: r' = e^(-t / updates) * r, where t is the number of updates of the policy so far.
struct Annealing: RewardTransform {
  static let entry = RewardTransformEntry(
    name: "anneal", kind: .annealing,
    parameters: [
      .integer("updates", 500, 1...1_000_000_000, "policy updates that reduce rewards to 1/e")
    ],
    explanation: "r * e^(-t / updates), where t is the number of policy updates so far.",
    make: { Annealing(updates: $0("updates")) })

  let updates: Double
  private var latest: Float?

  init(updates: Double) { self.updates = updates }

  mutating func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs) {
    let factor = Float(exp(-Double(inputs.updates) / updates))
    latest = factor
    for index in 0..<inputs.count { rewards[index] *= factor }
  }

  var facts: [RewardFact: Double] { latest.map { [.anneal: Double($0)] } ?? [:] }
}
