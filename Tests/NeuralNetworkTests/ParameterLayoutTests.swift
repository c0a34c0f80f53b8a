import NeuralNetwork
import Testing

@Suite struct ParameterLayoutTests {
  @Test func slicesFollowEachOtherWithoutGaps() {
    var layout = ParameterLayout()
    #expect(layout.count == 0)
    let a = layout.add("a", [2, 3])
    let b = layout.add("b", [])
    let c = layout.add("c", [4])
    #expect([a.offset, b.offset, c.offset] == [0, 6, 7])
    #expect([a.count, b.count, c.count] == [6, 1, 4])
    #expect(layout.count == 11)
    #expect(layout.slices == [a, b, c])
  }
}
