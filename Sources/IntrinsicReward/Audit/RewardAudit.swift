/// The rewards that a run has paid for each caption: the steps that led to it, their intrinsic reward, and how often
/// the model's opinion of it changed.
public struct RewardAudit: Sendable {
  /// The totals of one caption in this session.
  public struct Entry: Sendable, Hashable {
    /// Number of steps that led to the caption.
    public var steps = 0
    /// Number of those with an intrinsic reward other than 0.
    public var paidSteps = 0
    /// Sum of their intrinsic rewards after chain and coefficient.
    public var paid = 0.0
    /// The model's score at the latest comparison; NaN if unknown.
    public var score = Float.nan
    /// Number of comparisons at which the score had become positive or had ceased to be.
    public var flips = 0

    public init() {}
  }

  /// Totals by global caption id; entry 0 holds the steps without a caption.
  public private(set) var entries: [Entry] = [Entry()]
  /// Number of captions that flipped at the latest comparison.
  public private(set) var latestFlips = 0
  private var comparedVersion = 0

  public init() {}

  /// Adds an unroll.
  /// - Parameter paid: [T, E] intrinsic rewards.
  public mutating func note(_ inputs: RewardInputs, paid: UnsafePointer<Float>) {
    for index in 0..<inputs.count {
      let caption = Int(inputs.captions[index])
      if caption >= entries.count { grow(toHold: caption) }
      entries[caption].steps += 1
      guard paid[index] != 0 else { continue }
      entries[caption].paidSteps += 1
      entries[caption].paid += Double(paid[index])
    }
  }

  /// Adds what another learner of the run has paid for a caption, by its id here.
  public mutating func add(_ other: PaymentTally.Entry, of caption: Int) {
    guard caption > 0, caption < RetrievalReward.maximumCaptionCount else { return }
    if caption >= entries.count { grow(toHold: caption) }
    entries[caption].steps += other.steps
    entries[caption].paidSteps += other.paidSteps
    entries[caption].paid += other.paid
  }

  /// Compares the model's scores with those of the latest comparison, unless its version is the same.
  public mutating func compare(with model: some RewardModel) {
    guard model.version != comparedVersion else { return }
    comparedVersion = model.version
    latestFlips = 0
    for caption in entries.indices.dropFirst() {
      let score = model.score(UInt32(caption)) ?? .nan
      let before = entries[caption].score
      entries[caption].score = score
      guard !score.isNaN, !before.isNaN, (score > 0) != (before > 0) else { continue }
      entries[caption].flips += 1
      latestFlips += 1
    }
  }

  /// Doubles the table, so that a new caption costs constant time on average.
  private mutating func grow(toHold caption: Int) {
    entries.append(contentsOf: repeatElement(Entry(), count: max(caption + 1, 2 * entries.count) - entries.count))
  }
}
