/// The order of asking, as weights: each place of a task draws one of four orders with a probability in proportion to
/// its weight. If only one weight is above 0, nothing is drawn.
///
/// Newest first suits a policy that explores. Most frequent first labels the most steps per answer. Most uncertain
/// first is active learning (uncertainty sampling, Lewis and Gale 1994). Largest effect first labels what changes the
/// rewards of most steps.
public struct AskingOrder: Sendable, Hashable {
  /// Weight of the captions that were seen for the first time most recently.
  public let newest: Double
  /// Weight of the captions with the most sightings; among equals the newest.
  public let frequent: Double
  /// Weight of the captions with the highest score of `CaptionLedger.setUncertainty`. Captions without a score come
  /// before all others; among equals the newest.
  public let uncertain: Double
  /// Weight of the captions with the largest product of sightings and uncertainty. Captions without a score count as
  /// `unknownUncertainty`; among equals the newest.
  public let effect: Double

  /// Entropy in nats of a label of which nothing is known.
  public static let unknownUncertainty: Float = 0.693_147_2

  /// - Returns: nil unless every weight is finite and at least 0, and one is above 0.
  public init?(newest: Double = 0, frequent: Double = 0, uncertain: Double = 0, effect: Double = 0) {
    let weights = [newest, frequent, uncertain, effect]
    guard weights.allSatisfy({ $0.isFinite && $0 >= 0 }), weights.contains(where: { $0 > 0 }) else { return nil }
    self.newest = newest
    self.frequent = frequent
    self.uncertain = uncertain
    self.effect = effect
  }

  private init() { (newest, frequent, uncertain, effect) = (1, 0, 0, 0) }

  /// Newest first.
  public static let newestFirst = AskingOrder()

  /// How much the rewards of the steps so far may change by the label of a caption.
  /// - Parameter uncertainty: in nats; NaN is unknown.
  static func effect(of sightings: UInt32, _ uncertainty: Float) -> Float {
    Float(sightings) * (uncertainty.isNaN ? unknownUncertainty : max(0, uncertainty))
  }

  /// Whether the order depends on how often captions are seen.
  public var countsSightings: Bool { frequent > 0 || effect > 0 }

  /// Whether each place of a task draws its order.
  var isMixed: Bool { choices.count > 1 }

  enum Choice: Sendable, Hashable { case newest, frequent, uncertain, effect }

  /// The orders that have a weight.
  private var choices: [(choice: Choice, weight: Double)] {
    [(.newest, newest), (.frequent, frequent), (.uncertain, uncertain), (.effect, effect)].filter { $0.1 > 0 }
  }

  /// The order for one place.
  /// - Parameter share: in 0 ..< 1.
  func choice(_ share: Double) -> Choice {
    let choices = choices
    var mark = share * choices.reduce(0) { $0 + $1.weight }
    for (choice, weight) in choices {
      if mark < weight { return choice }
      mark -= weight
    }
    // Rounding may leave a rest; the last order with a weight is then chosen.
    return choices.last?.choice ?? .newest
  }
}
