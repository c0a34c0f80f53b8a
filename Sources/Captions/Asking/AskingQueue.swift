import Runtime

/// The order of asking, as weights: each place of a task draws one of three orders with a probability in proportion to
/// its weight. If only one weight is above 0, nothing is drawn.
///
/// Newest first suits a policy that explores. Most frequent first labels the most steps per answer. Most uncertain
/// first is active learning (uncertainty sampling, Lewis and Gale 1994).
public struct AskingOrder: Sendable, Hashable {
  /// Weight of the captions that were seen for the first time most recently.
  public let newest: Double
  /// Weight of the captions with the most sightings; among equals the newest.
  public let frequent: Double
  /// Weight of the captions with the highest score of `CaptionLedger.setUncertainty`. Captions without a score come
  /// before all others; among equals the newest.
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

  /// Newest first.
  public static let newestFirst = AskingOrder()

  /// Whether each place of a task draws its order.
  var isMixed: Bool { [newest, frequent, uncertain].count { $0 > 0 } > 1 }

  enum Choice: Sendable, Hashable { case newest, frequent, uncertain }

  /// The order for one place.
  /// - Parameter share: in 0 ..< 1.
  func choice(_ share: Double) -> Choice {
    let mark = share * (newest + frequent + uncertain)
    if mark < newest { return .newest }
    // Rounding may leave `mark` at the sum of the weights; the last order with a weight is then chosen.
    return mark < newest + frequent || uncertain == 0 ? (frequent > 0 ? .frequent : .newest) : .uncertain
  }
}

/// The questions that wait, in every order that has a weight.
///
/// The queue always keeps the newest-first order; the other two cost memory and time only if their weight is above 0.
/// Every operation takes logarithmic time at most.
struct AskingQueue: Sendable {
  private let order: AskingOrder
  private var newest = NewestFirstQueue()
  private var frequent = CaptionHeap()
  private var uncertain = CaptionHeap()
  /// The key of each id's score, kept while the id is not in the queue; ids past the end have no score.
  private var scores: [UInt32] = []
  private var generator: SplitMix64

  /// The key of unknown scores, above all others.
  private static let unknownScore = UInt32.max

  init(order: AskingOrder, seed: UInt64) {
    self.order = order
    generator = SplitMix64(seed: seed)
  }

  var count: Int { newest.count }

  var reservedBytes: Int {
    newest.reservedBytes + frequent.reservedBytes + uncertain.reservedBytes + scores.capacity * 4
  }

  func contains(_ id: CaptionID) -> Bool { newest.contains(id) }

  mutating func insert(_ id: CaptionID, sightings: UInt32) {
    newest.insert(id)
    if order.frequent > 0 { frequent.set(id, key: sightings) }
    if order.uncertain > 0 {
      uncertain.set(id, key: Int(id) < scores.count ? scores[Int(id)] : Self.unknownScore)
    }
  }

  mutating func remove(_ id: CaptionID) {
    newest.remove(id)
    frequent.remove(id)
    uncertain.remove(id)
  }

  /// Removes and returns the next id; nil if none waits.
  mutating func pop() -> CaptionID? {
    guard let id = next() else { return nil }
    remove(id)
    return id
  }

  /// Updates the sightings of an id; no effect if it does not wait.
  mutating func count(_ sightings: UInt32, of id: CaptionID) {
    if order.frequent > 0, contains(id) { frequent.set(id, key: sightings) }
  }

  /// - Parameter score: a higher score is less certain; NaN is unknown.
  mutating func setUncertainty(_ score: Float, of id: CaptionID) {
    guard order.uncertain > 0 else { return }
    while scores.count <= Int(id) { scores.append(Self.unknownScore) }
    scores[Int(id)] = Self.key(score)
    if contains(id) { uncertain.set(id, key: scores[Int(id)]) }
  }

  private mutating func next() -> CaptionID? {
    guard count > 0 else { return nil }
    switch choice() {
    case .newest: return newest.newest
    case .frequent: return frequent.highest
    case .uncertain: return uncertain.highest
    }
  }

  private mutating func choice() -> AskingOrder.Choice {
    guard order.isMixed else { return order.choice(0.5) }
    return order.choice(Double(generator.next() >> 11) * 0x1p-53)
  }

  /// An integer in the order of the scores: the bits of the float, inverted for negative scores.
  static func key(_ score: Float) -> UInt32 {
    if score.isNaN { return unknownScore }
    let bits = (score + 0).bitPattern
    return bits >> 31 == 1 ? ~bits : bits | 1 << 31
  }
}
