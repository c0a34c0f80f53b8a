import Captions

/// Counts captions in many steps before the ledger hears of them, since one count costs it logarithmic time: an unroll of a
/// thousand steps has a few dozen captions.
struct SightingTally {
  /// By caption.
  private var counts: [UInt32] = []
  /// The captions with a count.
  private var met: [CaptionID] = []

  /// - Parameter captions: the caption of each step; 0 for none.
  mutating func add(_ captions: UnsafeBufferPointer<CaptionID>) {
    for caption in captions where caption != 0 {
      if Int(caption) >= counts.count {
        counts += repeatElement(0, count: Int(caption) + 1 - counts.count)
      }
      if counts[Int(caption)] == 0 { met.append(caption) }
      counts[Int(caption)] += 1
    }
  }

  /// Calls `body` with each caption and its count, and forgets them.
  mutating func drain(_ body: (CaptionID, UInt32) -> Void) {
    for caption in met {
      body(caption, counts[Int(caption)])
      counts[Int(caption)] = 0
    }
    met.removeAll(keepingCapacity: true)
  }
}
