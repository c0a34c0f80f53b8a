import Runtime

/// A uniform sample without replacement of all ids that were offered, in bounded memory: Vitter's algorithm R (1985).
struct CaptionReservoir: Sendable {
  let capacity: Int
  private(set) var ids: [CaptionID] = []
  /// Ids offered so far.
  private(set) var offered = 0

  /// - Parameter capacity: 2 or more, since pairs are drawn from it.
  init(capacity: Int) {
    precondition(capacity >= 2, "a pair needs two captions")
    self.capacity = capacity
  }

  /// Offers an id that was not offered before.
  mutating func offer(_ id: CaptionID, _ generator: inout SplitMix64) {
    offered += 1
    if ids.count < capacity { return ids.append(id) }
    let place = Int.random(in: 0..<offered, using: &generator)
    if place < capacity { ids[place] = id }
  }
}
