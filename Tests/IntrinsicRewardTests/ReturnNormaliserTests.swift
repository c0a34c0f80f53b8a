import Foundation
import IntrinsicReward
import Runtime
import Tensor
import Testing

@Suite struct ReturnNormaliserTests {
  private let endMask: UInt8 = 0b11

  private func observe(
    _ rewards: [Float], _ flags: [UInt8], columns: Int, group: UInt64 = 0, _ normaliser: inout ReturnNormaliser
  ) {
    normaliser.observe(
      group: group, rewards: rewards, flags: flags, endMask: endMask, steps: rewards.count / columns, columns: columns)
  }

  @Test func dividesByOneBeforeTheReturnsDiffer() {
    var normaliser = ReturnNormaliser(discount: 0.9)
    #expect(normaliser.divisor == 1)
    observe([0, 0, 0, 0], [0, 0, 0, 0], columns: 2, &normaliser)
    #expect(normaliser.divisor == 1)
  }

  @Test func followsTheReturnOfEachColumn() throws {
    var generator = RandomGenerator(seed: 8)
    let columns = 3
    var normaliser = ReturnNormaliser(discount: 0.9)
    var returns = [Double](repeating: 0, count: columns)
    var seen: [Double] = []
    for _ in 0..<5 {  // unrolls of 7 steps: returns continue from one to the next
      let rewards = (0..<7 * columns).map { _ in generator.uniform() - 0.3 }
      let flags = (0..<7 * columns).map { _ in UInt8(generator.below(8) == 0 ? 1 + generator.below(3) : 4) }
      for index in rewards.indices {
        returns[index % columns] = returns[index % columns] * Double(Float(0.9)) + Double(rewards[index])
        seen.append(returns[index % columns])
        if flags[index] & endMask != 0 { returns[index % columns] = 0 }
      }
      observe(rewards, flags, columns: columns, &normaliser)
    }
    let mean = seen.reduce(0, +) / Double(seen.count)
    let deviation = (seen.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(seen.count)).squareRoot()
    #expect(abs(try #require(normaliser.moments.deviation) - deviation) < 1e-6)
    #expect(abs(Double(normaliser.divisor) - deviation) < 1e-6)
  }

  @Test func groupsDoNotMix() {
    var together = ReturnNormaliser(discount: 1)
    observe([1, 1], [0, 0], columns: 1, group: 1, &together)
    observe([1, 1], [0, 0], columns: 1, group: 2, &together)
    #expect(together.moments.mean == 1.5)  // 1, 2 and again 1, 2
    observe([1], [0], columns: 1, group: 1, &together)
    #expect(together.moments.mean == 9.0 / 5)  // and 3
    observe([1], [0], columns: 1, group: 2, &together)
    #expect(abs(together.moments.mean - 12.0 / 6) < 1e-12)  // and 3
  }

  @Test func theSilentGroupMakesRoom() {
    var normaliser = ReturnNormaliser(discount: 1)
    for group in 0..<UInt64(ReturnNormaliser.maximumGroupCount) {
      observe([1], [0], columns: 1, group: group, &normaliser)
    }
    observe([1], [0], columns: 1, group: 0, &normaliser)  // return 2: group 0 was kept and is now the latest
    observe([1], [0], columns: 1, group: .max, &normaliser)  // replaces group 1
    observe([1], [0], columns: 1, group: 0, &normaliser)  // return 3
    observe([1], [0], columns: 1, group: 1, &normaliser)  // return 1 again
    let count = Double(ReturnNormaliser.maximumGroupCount)
    #expect(abs(normaliser.moments.mean - (count + 2 + 1 + 3 + 1) / (count + 4)) < 1e-9)
  }

  @Test func savedStateContinuesExactly() throws {
    var normaliser = ReturnNormaliser(discount: 0.9, decay: 0.999)
    observe([1, 2, 3, 4], [0, 1, 0, 0], columns: 2, &normaliser)
    var restored = try JSONDecoder().decode(ReturnNormaliser.self, from: JSONEncoder().encode(normaliser))
    observe([5, 6], [0, 0], columns: 2, &normaliser)
    observe([5, 6], [0, 0], columns: 2, &restored)
    #expect(restored == normaliser)
  }
}
