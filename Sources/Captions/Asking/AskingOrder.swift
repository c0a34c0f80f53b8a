/// What is asked first, as weights: each place of a task draws one of the three orders with a chance in proportion to
/// its weight.
///
/// With one weight above zero nothing is drawn, and the order is that one alone. Newest first suits a policy that moves
/// on, most frequent first pays many steps for one answer, and most uncertain first is active learning (Lewis and Gale
/// 1994, "uncertainty sampling").
public struct AskingOrder: Sendable, Hashable {
  /// Last seen for the first time first: what the policy meets now.
  public let newest: Double
  /// Most sightings first; among equals the newest.
  public let frequent: Double
  /// Highest score of `CaptionLedger.setUncertainty` first, captions without one before all others; among equals the
  /// newest.
  public let uncertain: Double

  /// - Returns: nil unless every weight is finite and at least 0, and one is above 0.
  public init?(newest: Double = 0, frequent: Double = 0, uncertain: Double = 0) {
    let weights = [newest, frequent, uncertain]
    guard weights.allSatisfy({ $0.isFinite && $0 >= 0 }), weights.contains(where: { $0 > 0 }) else { return nil }
    self.newest = newest
    self.frequent = frequent
    self.uncertain = uncertain
  }

  private init() { (newest, frequent, uncertain) = (1, 0, 0) }

  /// Newest first and nothing else.
  public static let newestFirst = AskingOrder()

  /// Whether each place of a task has to draw its order.
  var isMixed: Bool { [newest, frequent, uncertain].count { $0 > 0 } > 1 }

  enum Choice: Sendable, Hashable { case newest, frequent, uncertain }

  /// The order for one place.
  /// - Parameter share: in 0 ..< 1.
  func choice(_ share: Double) -> Choice {
    let mark = share * (newest + frequent + uncertain)
    if mark < newest { return .newest }
    // Rounding may leave `mark` at the sum: then the last order with any weight is meant.
    return mark < newest + frequent || uncertain == 0 ? (frequent > 0 ? .frequent : .newest) : .uncertain
  }
}
