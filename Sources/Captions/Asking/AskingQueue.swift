import Runtime

/// The questions that wait, in every order that has a weight.
///
/// The queue always keeps the newest-first order; the others cost memory and time only if their weight is above 0.
/// Every operation takes logarithmic time at most.
struct AskingQueue: Sendable {
  private let order: AskingOrder
  private var newest = NewestFirstQueue()
  private var frequent = CaptionHeap()
  private var uncertain = CaptionHeap()
  private var effect = CaptionHeap()
  /// Each id's uncertainty, kept while the id is not in the queue; NaN, and ids past the end, have none.
  private var scores: [Float] = []
  private var generator: SplitMix64

  /// The key of unknown scores, above all others.
  private static let unknownScore = UInt32.max

  init(order: AskingOrder, seed: UInt64) {
    self.order = order
    generator = SplitMix64(seed: seed)
  }

  var count: Int { newest.count }

  var reservedBytes: Int {
    newest.reservedBytes + frequent.reservedBytes + uncertain.reservedBytes + effect.reservedBytes
      + scores.capacity * 4
  }

  func contains(_ id: CaptionID) -> Bool { newest.contains(id) }

  mutating func insert(_ id: CaptionID, sightings: UInt32) {
    newest.insert(id)
    if order.frequent > 0 { frequent.set(id, key: sightings) }
    if order.uncertain > 0 { uncertain.set(id, key: Self.key(score(of: id))) }
    if order.effect > 0 { effect.set(id, key: effectKey(of: id, sightings)) }
  }

  mutating func remove(_ id: CaptionID) {
    newest.remove(id)
    frequent.remove(id)
    uncertain.remove(id)
    effect.remove(id)
  }

  /// Removes and returns the next id; nil if none waits.
  mutating func pop() -> CaptionID? {
    guard let id = next() else { return nil }
    remove(id)
    return id
  }

  /// Updates the sightings of an id; no effect if it does not wait.
  mutating func count(_ sightings: UInt32, of id: CaptionID) {
    guard contains(id) else { return }
    if order.frequent > 0 { frequent.set(id, key: sightings) }
    if order.effect > 0 { effect.set(id, key: effectKey(of: id, sightings)) }
  }

  /// - Parameters:
  ///   - score: a higher score is less certain; NaN is unknown.
  ///   - sightings: of the id so far.
  mutating func setUncertainty(_ score: Float, of id: CaptionID, sightings: UInt32) {
    guard order.uncertain > 0 || order.effect > 0 else { return }
    while scores.count <= Int(id) { scores.append(.nan) }
    scores[Int(id)] = score
    guard contains(id) else { return }
    if order.uncertain > 0 { uncertain.set(id, key: Self.key(score)) }
    if order.effect > 0 { effect.set(id, key: effectKey(of: id, sightings)) }
  }

  private mutating func next() -> CaptionID? {
    guard count > 0 else { return nil }
    switch choice() {
    case .newest: return newest.newest
    case .frequent: return frequent.highest
    case .uncertain: return uncertain.highest
    case .effect: return effect.highest
    }
  }

  private func score(of id: CaptionID) -> Float { Int(id) < scores.count ? scores[Int(id)] : .nan }

  private func effectKey(of id: CaptionID, _ sightings: UInt32) -> UInt32 {
    Self.key(AskingOrder.effect(of: sightings, score(of: id)))
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
