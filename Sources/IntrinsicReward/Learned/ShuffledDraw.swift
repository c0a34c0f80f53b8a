import Runtime
import Tensor

/// Draws places of a growing list in random order, each once before any comes again. What is added takes part from the
/// next draw on.
struct ShuffledDraw: Sendable {
  /// Places; those before `drawn` have had their turn.
  private var order: [Int] = []
  private var drawn = 0

  /// The next place of a list of `count`, which must not be empty and never shrinks.
  mutating func next(of count: Int, _ generator: inout RandomGenerator) -> Int {
    while order.count < count { order.append(order.count) }
    if drawn == count { drawn = 0 }
    // One step of Fisher's and Yates's shuffle.
    order.swapAt(drawn, drawn + generator.below(count - drawn))
    drawn += 1
    return order[drawn - 1]
  }
}
