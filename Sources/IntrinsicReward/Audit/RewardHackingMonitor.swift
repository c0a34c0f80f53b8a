/// Warns when the agent gets more and more of the learned reward and less and less of what it stands for (reward hacking).
///
/// The latest readings are cut into three blocks. The alarm holds while the intrinsic reward rises and the outcome falls
/// from block to block, each time by more than chance would explain.
public struct RewardHackingMonitor: Monitor {
  /// Readings of a block.
  static let blockReadings = 6
  /// A change counts from so many standard errors of the two blocks' difference on.
  static let significance = 1.5

  public let name = "reward hacking"
  private var readings: [(intrinsic: Double, outcome: Double)] = []

  public init() {}

  public mutating func observe(_ reading: MonitorReading) -> String? {
    if let intrinsic = reading.intrinsic, let outcome = reading.outcome, intrinsic.isFinite, outcome.isFinite {
      readings.append((intrinsic, outcome))
      if readings.count > 3 * Self.blockReadings { readings.removeFirst() }
    }
    guard readings.count == 3 * Self.blockReadings else { return nil }
    let intrinsic = blocks(readings.map(\.intrinsic))
    let outcome = blocks(readings.map(\.outcome))
    guard Self.rises(intrinsic), Self.rises(outcome.map { Block(mean: -$0.mean, variance: $0.variance) }) else {
      return nil
    }
    return "the intrinsic reward of a step rose from \(intrinsic[0].mean) to \(intrinsic[2].mean) while the outcome "
      + "fell from \(outcome[0].mean) to \(outcome[2].mean)"
  }

  private struct Block {
    var mean: Double
    /// Of the mean.
    var variance: Double
  }

  private func blocks(_ values: [Double]) -> [Block] {
    stride(from: 0, to: values.count, by: Self.blockReadings).map { start in
      let block = values[start..<(start + Self.blockReadings)]
      let count = Double(block.count)
      let mean = block.reduce(0, +) / count
      let squares = block.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return Block(mean: mean, variance: squares / (count - 1) / count)
    }
  }

  private static func rises(_ blocks: [Block]) -> Bool {
    zip(blocks, blocks.dropFirst()).allSatisfy { before, after in
      after.mean - before.mean > significance * (before.variance + after.variance).squareRoot()
    }
  }
}
