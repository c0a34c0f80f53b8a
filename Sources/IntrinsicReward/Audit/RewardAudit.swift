/// What a run pays its agent for: by caption, the steps that led to it, the intrinsic reward they were paid, and how the
/// model's mind changed about it.
public struct RewardAudit: Sendable {
  /// What became of one caption in this session.
  public struct Entry: Sendable, Hashable {
    /// Steps that led to it.
    public var steps = 0
    /// Steps that were paid.
    public var paidSteps = 0
    /// Intrinsic reward paid, as it was learned from.
    public var paid = 0.0
    /// The model's score at the latest comparison; NaN where it could not tell.
    public var score = Float.nan
    /// Comparisons at which the caption had come to be worth something, or had ceased to.
    public var flips = 0

    public init() {}
  }

  /// By global caption id; 0 holds the steps without a caption.
  public private(set) var entries: [Entry] = [Entry()]
  /// Captions that flipped at the latest comparison.
  public private(set) var latestFlips = 0
  private var comparedVersion = 0

  public init() {}

  /// Takes in an unroll.
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

  /// Looks at what the model says now; nothing happens if it is the version of the last look.
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

  /// Doubles, so that captions arriving one by one cost constant time each.
  private mutating func grow(toHold caption: Int) {
    entries.append(contentsOf: repeatElement(Entry(), count: max(caption + 1, 2 * entries.count) - entries.count))
  }
}
