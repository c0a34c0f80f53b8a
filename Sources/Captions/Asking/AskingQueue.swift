import Runtime

/// The captions that wait to be asked, in every order that the weights need.
///
/// The set of newest ones is always kept; the other two orders cost memory and time only where their weight is above
/// zero. Everything takes logarithmic time at most.
struct AskingQueue: Sendable {
  private let order: AskingOrder
  private var newest = NewestFirstQueue()
  private var frequent = CaptionHeap()
  private var uncertain = CaptionHeap()
  /// By id: the key of its score, kept while the caption is elsewhere; ids past the end have none.
  private var scores: [UInt32] = []
  private var generator: SplitMix64

  /// Above every score.
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

  /// Takes out the caption whose turn it is; nil when none waits.
  mutating func pop() -> CaptionID? {
    guard let id = next() else { return nil }
    remove(id)
    return id
  }

  /// A waiting caption was seen again.
  mutating func count(_ sightings: UInt32, of id: CaptionID) {
    if order.frequent > 0, contains(id) { frequent.set(id, key: sightings) }
  }

  /// - Parameter score: the higher the less certain; NaN for unknown.
  mutating func setUncertainty(_ score: Float, of id: CaptionID) {
    guard order.uncertain > 0 else { return }
    while scores.count <= Int(id) { scores.append(Self.unknownScore) }
    scores[Int(id)] = Self.key(score)
    if contains(id) { uncertain.set(id, key: scores[Int(id)]) }
  }

  /// Up to `limit` waiting ids, newest first.
  func newest(_ limit: Int) -> [CaptionID] { newest.newest(limit) }

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

  /// Numbers in the order of the scores: the bits of a float, with those of negative ones turned round.
  static func key(_ score: Float) -> UInt32 {
    if score.isNaN { return unknownScore }
    let bits = (score + 0).bitPattern
    return bits >> 31 == 1 ? ~bits : bits | 1 << 31
  }
}
