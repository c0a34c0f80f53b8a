import Tensor
import Testing

@testable import Trajectories

@Suite struct UnrollRangesTests {
  private static let observation = ObservationLayout([ObservationField("state", .float32, [2], .numeric(scale: [1]))])

  private func ranges(_ space: ActionSpace) -> (ranges: UnrollRanges, shape: UnrollShape) {
    let shape = UnrollShape(
      unrollLength: 2, environmentCount: 1, rowByteCount: Self.observation.rowByteCount, stateSize: 0, valueHeads: 1,
      schema: .standard(space))
    return (UnrollRanges(shape, observation: Self.observation, actions: space), shape)
  }

  private func breach<Element>(_ space: ActionSpace, number: UInt32, _ elements: [Element]) -> String? {
    let (ranges, shape) = ranges(space)
    guard let tensor = shape.schema.tensors.first(where: { $0.number == number }) else { return "no tensor" }
    #expect(shape.elementCount(of: tensor) == elements.count)
    return elements.withUnsafeBytes { bytes in
      bytes.baseAddress.flatMap { ranges.firstBreach(tensor, $0, captionCount: 1) }
    }
  }

  @Test func everyFactorHasItsOwnRange() {
    let space = ActionSpace.factored([2, 5])
    #expect(breach(space, number: 2, [1, 4, 0, 0] as [Int32]) == nil)
    #expect(breach(space, number: 2, [1, 4, 2, 0] as [Int32]) == "actions[1, 0, 0] is 2; it must be from 0 to 1")
    #expect(breach(space, number: 2, [1, 5, 0, 0] as [Int32]) == "actions[0, 0, 1] is 5; it must be from 0 to 4")
    #expect(breach(space, number: 2, [0, 0, 0, -1] as [Int32]) == "actions[1, 0, 1] is -1; it must be from 0 to 4")
  }

  @Test func numbersAndTheirDensitiesAreBounded() {
    let space = ActionSpace.continuous([-1...1])
    #expect(breach(space, number: 2, [-7, 7] as [Float]) == nil)
    #expect(breach(space, number: 2, [0, .nan] as [Float])?.hasPrefix("actions[1, 0, 0] is nan") == true)
    // A density may exceed 1, a probability may not.
    #expect(breach(space, number: 5, [2.5, -3] as [Float]) == nil)
    #expect(breach(.discrete(2), number: 5, [2.5, -3] as [Float])?.hasPrefix("logProbabilities[0, 0] is 2.5") == true)
  }
}
