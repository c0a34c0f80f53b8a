import Captions
import Testing

@testable import Learner

struct SightingTallyTests {
  @Test func everyStepIsCountedOnce() {
    var tally = SightingTally()
    func counts() -> [CaptionID: UInt32] {
      var counts: [CaptionID: UInt32] = [:]
      tally.drain { counts[$0, default: 0] += $1 }
      return counts
    }
    func add(_ captions: [CaptionID]) { captions.withUnsafeBufferPointer { tally.add($0) } }
    add([0, 3, 3, 1, 0])
    add([3, 200_000])
    #expect(counts() == [1: 1, 3: 3, 200_000: 1])
    #expect(counts().isEmpty)
    add([3])
    #expect(counts() == [3: 1])
  }
}
