import NeuralNetwork
import Runtime
import Tensor
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

  /// A small and a large orthogonal matrix, gates, a Gaussian table and constants.
  private var layout: ParameterLayout {
    var layout = ParameterLayout()
    _ = layout.add("small", [20, 10], fanIn: 20, initial: .orthogonal(gain: 2))
    _ = layout.add("large", [450, 451], fanIn: 450, initial: .orthogonal())
    _ = layout.add("gates", [6, 12], fanIn: 4, initial: .orthogonal(blocks: 3))
    _ = layout.add("table", [5, 3], initial: .gaussian(blank: 3))
    _ = layout.add("bias", [8], fanIn: 4, initial: .constants([0, 1]))
    return layout
  }

  private func values(uniformly: Bool, seed: UInt64 = 2) -> [Float] {
    let parameters = FloatBuffer(count: layout.count)
    var generator = RandomGenerator(seed: seed)
    layout.initialise(parameters.pointer, uniformly: uniformly, generator: &generator)
    return Array(parameters.elements)
  }

  @Test func initialValuesAreThoseOfTheirSlices() throws {
    let values = values(uniformly: false)
    let slices = layout.slices
    func part(_ index: Int) -> ArraySlice<Float> {
      values[slices[index].offset..<slices[index].offset + slices[index].count]
    }
    let (table, bias): ([Float], [Float]) = (Array(part(3)), Array(part(4)))
    let expectedBias: [Float] = [0, 0, 0, 0, 1, 1, 1, 1]
    #expect(bias == expectedBias)
    let zeros = table.indices.filter { table[$0].isZero }
    #expect(zeros == [0, 1, 2])
    // Each of the three blocks of four columns is orthonormal.
    let gates = Array(part(2))
    for (a, b) in (0..<12).flatMap({ a in (0..<12).map { (a, $0) } }) where a / 4 == b / 4 {
      let product = (0..<6).reduce(Float(0)) { $0 + gates[$1 * 12 + a] * gates[$1 * 12 + b] }
      #expect(abs(product - (a == b ? 1 : 0)) < 1e-6)
    }
  }

  @Test func uniformWeightsLeaveTheOtherSlicesAsTheyAre() {
    let (orthogonal, uniform) = (values(uniformly: false), values(uniformly: true))
    for slice in layout.slices {
      let range = slice.offset..<slice.offset + slice.count
      if let fanIn = slice.fanIn {
        #expect(uniform[range].allSatisfy { abs($0) <= 1 / Float(fanIn).squareRoot() }, "\(slice.name)")
      } else {
        let (a, b): ([Float], [Float]) = (Array(uniform[range]), Array(orthogonal[range]))
        #expect(a == b, "\(slice.name)")
      }
    }
  }

  @Test func initialValuesDependOnTheSeedAloneAndNotOnTheThread() async {
    let expected = values(uniformly: false)
    let all = await withTaskGroup(of: [Float].self) { group in
      for _ in 0..<4 { group.addTask { values(uniformly: false) } }
      return await group.reduce(into: [[Float]]()) { $0.append($1) }
    }
    let different = all.filter { $0 != expected }
    #expect(different.isEmpty)
    let other = values(uniformly: false, seed: 3)
    #expect(other != expected)
  }
}
