/// ONI's retrieval reward (Zheng et al. 2024): the label of exactly this caption, and nothing for a caption that has no
/// label yet.
public struct RetrievalReward: RewardModel, Sendable {
  /// Ids from here on are refused. The table is dense (4 bytes an id), so this also bounds its memory to 64 MiB.
  public static let maximumCaptionCount = 1 << 24

  /// Label by caption id; NaN where there is none.
  private var values: [Float] = []
  public private(set) var version = 0
  /// Captions that have a label.
  public private(set) var labelledCount = 0
  /// Labels that were not taken: of "no caption", of an id past the bound, or infinite.
  public private(set) var refusedCount = 0

  public init() {}

  public mutating func learn(_ update: RewardUpdate) {
    var changed = false
    for label in update.labels {
      guard label.caption > 0, label.caption < Self.maximumCaptionCount, !label.value.isInfinite else {
        refusedCount += 1
        continue
      }
      let index = Int(label.caption)
      if label.value.isNaN {
        if forget(index) { changed = true }
        continue
      }
      grow(toHold: index)
      if values[index] == label.value { continue }
      if values[index].isNaN { labelledCount += 1 }
      values[index] = label.value
      changed = true
    }
    if changed { version += 1 }
  }

  public func score(_ caption: UInt32) -> Float? {
    let index = Int(caption)
    guard index < values.count, !values[index].isNaN else { return nil }
    return values[index]
  }

  /// - Returns: whether there was a label.
  private mutating func forget(_ index: Int) -> Bool {
    guard index < values.count, !values[index].isNaN else { return false }
    values[index] = .nan
    labelledCount -= 1
    return true
  }

  /// Doubles, so that captions arriving one by one cost constant time each.
  private mutating func grow(toHold index: Int) {
    guard index >= values.count else { return }
    let count = min(max(index + 1, 2 * values.count, 1024), Self.maximumCaptionCount)
    values.append(contentsOf: repeatElement(Float.nan, count: count - values.count))
  }
}
