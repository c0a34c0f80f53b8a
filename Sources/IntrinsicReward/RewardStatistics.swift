/// What a reward mixer did, as sums, so that the statistics of several unrolls add up.
public struct RewardStatistics: Sendable, Hashable {
  /// Steps mixed.
  public var steps = 0
  /// Steps that led to a caption.
  public var captionedSteps = 0
  /// Steps whose caption the reward model could score.
  public var labelledSteps = 0
  /// Steps that were paid an intrinsic reward other than 0.
  public var paidSteps = 0
  /// Sum of the extrinsic rewards after scale, clip and coefficient.
  public var extrinsicSum = 0.0
  /// Sum of the intrinsic rewards paid.
  public var intrinsicSum = 0.0
  /// Steps whose scaled extrinsic reward lay outside the clip.
  public var clippedSteps = 0

  public init() {}

  /// Steps that led to a caption the reward model does not know yet.
  public var unlabelledSteps: Int { captionedSteps - labelledSteps }
  /// Share of all steps whose caption is known to the reward model; nil before the first step.
  public var knownShare: Double? { steps > 0 ? Double(labelledSteps) / Double(steps) : nil }
  /// Share of the captioned steps whose caption is known; nil before the first caption.
  public var coverage: Double? { captionedSteps > 0 ? Double(labelledSteps) / Double(captionedSteps) : nil }
  /// Mean intrinsic reward over all steps; nil before the first.
  public var meanIntrinsic: Double? { steps > 0 ? intrinsicSum / Double(steps) : nil }
  /// Mean extrinsic reward, as learned from, over all steps; nil before the first.
  public var meanExtrinsic: Double? { steps > 0 ? extrinsicSum / Double(steps) : nil }

  public static func += (sum: inout RewardStatistics, other: RewardStatistics) {
    sum.steps += other.steps
    sum.captionedSteps += other.captionedSteps
    sum.labelledSteps += other.labelledSteps
    sum.paidSteps += other.paidSteps
    sum.extrinsicSum += other.extrinsicSum
    sum.intrinsicSum += other.intrinsicSum
    sum.clippedSteps += other.clippedSteps
  }
}
