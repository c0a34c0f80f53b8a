import Glibc

/// The weight of the N-th occurrence of a caption in one episode, N^-beta (ONI: beta = 3), so that repeating what was
/// rewarded once pays next to nothing.
public struct EpisodicCount: RewardTransform {
  /// Occurrences whose weight is tabulated; later ones are computed.
  static let tabulatedCount = 256

  static let entry = RewardTransformEntry(
    name: "count", kind: .novelty, parameters: [],
    explanation: "r / N^`reward.count_exponent` for the N-th occurrence of the caption in the episode (ONI).",
    make: { EpisodicCount(exponent: $0.options.countExponent) })

  public let exponent: Float
  private let table: [Float]

  /// - Parameter exponent: beta >= 0; 0 pays every occurrence in full.
  public init(exponent: Float) {
    self.exponent = exponent
    table = (0..<Self.tabulatedCount).map { Self.weight(count: $0, exponent: exponent) }
  }

  /// `count`^-exponent. A count of 0 says that nobody counted and is read as the first occurrence.
  public static func weight(count: Int, exponent: Float) -> Float {
    powf(Float(max(count, 1)), -exponent)
  }

  /// The same from the table.
  public func weight(_ count: UInt16) -> Float {
    let index = Int(count)
    return index < Self.tabulatedCount ? table[index] : Self.weight(count: index, exponent: exponent)
  }

  public func apply(_ rewards: UnsafeMutablePointer<Float>, _ inputs: RewardInputs) {
    for index in 0..<inputs.count where rewards[index] != 0 { rewards[index] *= weight(inputs.captionCounts[index]) }
  }
}
