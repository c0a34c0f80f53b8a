/// Watches a run for one kind of failure that its loss does not show.
public protocol Monitor: Sendable {
  /// The failure, in a few words.
  var name: String { get }

  /// Examines the newest numbers.
  /// - Returns: a warning with numbers; nil if there is nothing to warn of.
  mutating func observe(_ reading: MonitorReading) -> String?
}

/// The numbers that monitors examine, one metrics line of a run; nil for numbers that the run does not have.
public struct MonitorReading: Sendable, Hashable {
  /// Mean intrinsic reward of a step.
  public var intrinsic: Double?
  /// The true goal: the success rate of episodes, or their mean return.
  public var outcome: Double?
  /// Version of the reward model.
  public var modelVersion: Int?
  /// Agreement of the reward model with its training labels, 0 ... 1.
  public var trainingAgreement: Double?
  /// Agreement of the reward model with its held-out labels, 0 ... 1.
  public var heldOutAgreement: Double?
  /// Number of held-out labels.
  public var heldOut = 0

  public init() {}
}

/// Warns of reward hacking: the intrinsic reward rises while the outcome falls.
///
/// The latest readings form three blocks. The monitor warns while the intrinsic reward rises and the outcome falls from
/// block to block, each time by more than chance explains.
public struct RewardHackingMonitor: Monitor {
  /// Number of readings of a block.
  static let blockReadings = 6
  /// Minimum change between blocks, in standard errors of their difference.
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
    /// Variance of the mean.
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

/// Warns of teacher hacking (arXiv 2502.02671): a reward model agrees more and more with its training labels and less
/// and less with held-out labels, so it memorises the annotator's mistakes.
public struct TeacherHackingMonitor: Monitor {
  /// Number of consecutive model versions over which both must hold.
  static let evaluations = 3
  /// The monitor stays silent with fewer held-out labels.
  static let minimumHeldOut = 20

  public let name = "teacher hacking"
  private var history: [(version: Int, training: Double, heldOut: Double)] = []

  public init() {}

  public mutating func observe(_ reading: MonitorReading) -> String? {
    if let version = reading.modelVersion, let training = reading.trainingAgreement,
      let heldOut = reading.heldOutAgreement, reading.heldOut >= Self.minimumHeldOut,
      version != history.last?.version
    {
      // A lower version is a new model.
      if let last = history.last, version < last.version { history.removeAll() }
      history.append((version, training, heldOut))
      if history.count > Self.evaluations + 1 { history.removeFirst() }
    }
    guard history.count == Self.evaluations + 1 else { return nil }
    let isHacking = zip(history, history.dropFirst()).allSatisfy { before, after in
      after.training > before.training && after.heldOut < before.heldOut
    }
    guard isHacking else { return nil }
    return "the model's agreement with its training labels rose from \(history[0].training) to "
      + "\(history[Self.evaluations].training) while that with held-out labels fell from \(history[0].heldOut) to "
      + "\(history[Self.evaluations].heldOut)"
  }
}

/// Warns when labels are too noisy to learn a reward from. Policies tolerate many flipped rewards (arXiv 2505.22653: 40
/// % cost three points), so the limit is close to one half.
///
/// The flip rate is estimated from the held-out labels. A perfect model disagrees with a label only if it was flipped,
/// so the rate of disagreement is an upper bound on the flip rate.
public struct NoisyRewardMonitor: Monitor {
  /// Flip rate above which the monitor warns.
  static let maximumFlipRate = 0.3
  static let minimumHeldOut = 20

  public let name = "noisy labels"

  public init() {}

  public mutating func observe(_ reading: MonitorReading) -> String? {
    guard let agreement = reading.heldOutAgreement, reading.heldOut >= Self.minimumHeldOut else { return nil }
    let rate = 1 - agreement
    guard rate > Self.maximumFlipRate else { return nil }
    return "\(Int((100 * rate).rounded())) % of \(reading.heldOut) held-out labels disagree with the model"
  }
}
