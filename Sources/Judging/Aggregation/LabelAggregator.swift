/// Makes one label of several answers about the same caption.
public protocol LabelAggregator: Sendable {
  /// In a few words, with its settings; part of the version of every label.
  var name: String { get }

  /// - Parameter samples: in the order they were asked for, unreadable ones too.
  func aggregate(_ samples: [SampledLabel]) -> AggregatedLabel
}

/// What several answers say together.
public struct AggregatedLabel: Sendable, Hashable {
  /// nil: abstain.
  public var isProgress: Bool?
  /// The weight of the answers that say progress, as a share of all weight, 0 ... 1; NaN where there is none.
  public var share: Double

  public init(isProgress: Bool?, share: Double) {
    self.isProgress = isProgress
    self.share = share
  }

  /// The heavier side; equal weights and no weight at all are no label.
  init(weightFor: Double, weightAgainst: Double) {
    let total = weightFor + weightAgainst
    guard total > 0, total.isFinite else {
      self.init(isProgress: nil, share: .nan)
      return
    }
    // Sums of the same weights in another order differ in their last digits.
    let isEven = abs(weightFor - weightAgainst) <= 1e-9 * total
    self.init(isProgress: isEven ? nil : weightFor > weightAgainst, share: weightFor / total)
  }

  static let none = AggregatedLabel(isProgress: nil, share: .nan)
}
