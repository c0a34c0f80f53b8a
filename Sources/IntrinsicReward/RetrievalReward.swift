/// ONI's retrieval reward (Zheng et al. 2024): a caption scores its own label, and is unknown without a label.
public struct RetrievalReward: RewardModel, Sendable {
  /// Bound on caption ids. The table is dense (4 bytes an id), so this bounds its memory to 64 MiB.
  public static let maximumCaptionCount = 1 << 24

  /// Label by caption id; NaN for none.
  private var values: [Float] = []
  public private(set) var version = 0
  /// Number of captions with a label.
  public private(set) var labelledCount = 0
  /// Number of refused labels: of caption 0, of an id beyond the bound, or infinite.
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
      let value = label.limited
      if values[index] == value { continue }
      if values[index].isNaN { labelledCount += 1 }
      values[index] = value
      changed = true
    }
    if changed { version += 1 }
  }

  public func score(_ caption: UInt32) -> Float? {
    let index = Int(caption)
    guard index < values.count, !values[index].isNaN else { return nil }
    return values[index]
  }

  /// Removes a label.
  /// - Returns: whether there was one.
  private mutating func forget(_ index: Int) -> Bool {
    guard index < values.count, !values[index].isNaN else { return false }
    values[index] = .nan
    labelledCount -= 1
    return true
  }

  /// Doubles the table, so that a new caption costs constant time on average.
  private mutating func grow(toHold index: Int) {
    guard index >= values.count else { return }
    let count = min(max(index + 1, 2 * values.count, 1024), Self.maximumCaptionCount)
    values.append(contentsOf: repeatElement(Float.nan, count: count - values.count))
  }
}
