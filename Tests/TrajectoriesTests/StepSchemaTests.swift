import Tensor
import Testing

@testable import Trajectories

@Suite struct StepSchemaTests {
  private static let shape = UnrollShape(
    unrollLength: 3, environmentCount: 2, rowByteCount: 24, stateSize: 5, valueHeads: 2)

  /// The tensors of proto/tengu.proto, written by hand: a peer of another release relies on them.
  @Test func theStandardTensorsAreThoseOfTheProtocol() {
    let expected: [(UInt32, String, ScalarType, [Int])] = [
      (1, "observations", .uint8, [4, 2, 24]), (2, "actions", .int32, [3, 2]), (3, "rewards", .float32, [3, 2]),
      (4, "flags", .uint8, [3, 2]), (5, "logProbabilities", .float32, [3, 2]), (6, "captions", .int32, [3, 2]),
      (7, "captionCounts", .int16, [3, 2]), (8, "values", .float32, [3, 2, 2]),
      (9, "truncationValues", .float32, [3, 2, 2]), (10, "initialState", .float32, [2, 5]),
    ]
    #expect(StepSchema.standard.tensors.count == expected.count)
    for (tensor, (number, name, type, dimensions)) in zip(StepSchema.standard.tensors, expected) {
      #expect(tensor.number == number && tensor.name == name && tensor.type == type)
      #expect(Self.shape.dimensions(of: tensor) == dimensions)
    }
  }

  @Test func tensorsFollowEachOtherOnMultiplesOfEight() {
    let layout = Self.shape.layout
    #expect(layout.places.map(\.offset) == [0, 192, 216, 240, 248, 272, 296, 312, 360, 408])
    #expect(layout.byteCount == 448)
  }

  @Test func theFlagsKeepTheirBits() {
    #expect(
      StepFlags.terminated.rawValue == 1 && StepFlags.truncated.rawValue == 2 && StepFlags.succeeded.rawValue == 4)
    #expect(StepFlags.truncated.endsEpisode && StepFlags.terminated.endsEpisode && !StepFlags.succeeded.endsEpisode)
  }

  @Test func memoryAndUnrollShareTheirTensors() {
    let storage = UnrollStorage(Self.shape)
    storage[Step.actions][5] = 7
    storage[Step.truncationValues][11] = 1.5
    storage[Step.initialState][9] = -2
    let unroll = storage.unroll(policyVersion: 3)
    #expect(unroll[Step.actions][5] == 7 && unroll[Step.initialState][9] == -2)
    #expect(unroll.frameCount == 6 && unroll.policyVersion == 3)
    // Only sparse tensors are cleared: the others are written in full.
    storage.clearSparse()
    #expect(unroll[Step.truncationValues][11] == 0 && unroll[Step.actions][5] == 7)
  }

  @Test func anOptionalTensorIsThereOnlyInRunsThatCarryIt() {
    let goal = OptionalStepField<Float>("goal", number: 12, [.environments, .fixed(3)], from: .worker, for: [.rewards])
    #expect(UnrollStorage(Self.shape)[goal] == nil)
    #expect(UnrollStorage(Self.shape).unroll(policyVersion: 0)[goal] == nil)
    let shape = UnrollShape(
      unrollLength: 3, environmentCount: 2, rowByteCount: 24, stateSize: 5, valueHeads: 2,
      schema: StepSchema.standard.adding([goal.tensor]))
    let storage = UnrollStorage(shape)
    storage[goal]?[5] = 4
    #expect(storage.unroll(policyVersion: 0)[goal]?[5] == 4)
    #expect(shape.layout.byteCount == 448 + 24)
  }
}
