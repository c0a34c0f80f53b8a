import Tensor
import Testing

@testable import Trajectories

@Suite struct TextStepTests {
  private static let length = 4
  private static let observation = ObservationLayout([
    ObservationField("tokens", .uint8, [length], .categorical(cardinality: 64))
  ])

  /// Unrolls of two texts.
  private static let shape = UnrollShape(
    unrollLength: 1, environmentCount: 2, rowByteCount: observation.rowByteCount, stateSize: 0, valueHeads: 1,
    schema: .text(tokens: 64, length: length))

  private func breach<Element>(_ tensor: StepTensor, _ elements: [Element]) throws -> String? {
    let ranges = UnrollRanges(Self.shape, observation: Self.observation, actions: .discrete(64))
    let own = try #require(Self.shape.schema.index(of: tensor).map { Self.shape.schema.tensors[$0] })
    #expect(Self.shape.elementCount(of: own) == elements.count)
    return elements.withUnsafeBytes { bytes in
      bytes.baseAddress.flatMap { ranges.firstBreach(own, $0, captionCount: 1) }
    }
  }

  @Test func everyRunHasTheStandardTensorsToo() {
    #expect(Self.shape.schema.tensors.map(\.number) == Array(1...10) + [12, 13])
    #expect(Self.shape.textLength == Self.length)
    let game = UnrollShape(unrollLength: 1, environmentCount: 1, rowByteCount: 8, stateSize: 0, valueHeads: 1)
    #expect(game.textLength == 0)
  }

  @Test func spansSayWhoWroteAToken() throws {
    func spans(_ second: [UInt8]) throws -> String? { try breach(TextStep.spans.tensor, [1, 2, 0, 0] + second) }
    #expect(try spans([1, 2, 3, 2]) == nil)
    #expect(try spans([1, 0, 0, 0]) == nil)
    #expect(try spans([1, 4, 0, 0]) == "spans[1, 1] is 4; it must be from 0 to 3")
    #expect(try spans([2, 2, 0, 0]) == "spans[1, 0] is 2; a text begins with a question")
    #expect(try spans([0, 0, 0, 0]) == "spans[1, 0] is 0; a text begins with a question")
    #expect(try spans([1, 2, 0, 2]) == "spans[1, 3] is 2 after the end of its text")
  }

  @Test func logProbabilitiesOfTokensAreBounded() throws {
    let tensor = TextStep.logProbabilities.tensor
    #expect(try breach(tensor, [0, -1, 0, 0, 0, -3, -4, 0] as [Float]) == nil)
    let wrong = try breach(tensor, [0, -1, 0, 0, 0, 0.5, -4, 0] as [Float])
    #expect(wrong?.hasPrefix("tokenLogProbabilities[1, 1] is 0.5") == true)
    #expect(try breach(tensor, [0, .nan, 0, 0, 0, 0, 0, 0] as [Float]) != nil)
  }
}
