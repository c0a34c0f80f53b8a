import Runtime
import Testing

@testable import Captions

struct NewestFirstQueueTests {
  @Test(arguments: 0..<6 as Range<UInt64>)
  func agreesWithASet(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    var queue = NewestFirstQueue()
    var model: Set<CaptionID> = []
    // Ids near the ends of words of every level.
    let edges: [CaptionID] = [0, 1, 63, 64, 4_095, 4_096, 262_143, 262_144, NewestFirstQueue.maximumID]
    for _ in 0..<3_000 {
      let id =
        Bool.random(using: &generator)
        ? edges.randomElement(using: &generator) ?? 0 : .random(in: 0..<5_000, using: &generator)
      switch Int.random(in: 0..<3, using: &generator) {
      case 0:
        queue.insert(id)
        model.insert(id)
      case 1:
        queue.remove(id)
        model.remove(id)
      default:
        let newest = model.max()
        #expect(queue.newest == newest)
        if let newest {
          queue.remove(newest)
          model.remove(newest)
        }
      }
      #expect(queue.count == model.count && queue.contains(id) == model.contains(id))
    }
    while let newest = model.max() {
      #expect(queue.newest == newest)
      queue.remove(newest)
      model.remove(newest)
    }
    #expect(queue.newest == nil)
  }
}
