import Tensor
import Testing
import Trajectories

@Suite struct ObservationLayoutTests {
  static let fields = [
    ObservationField("a", .uint8, [], .categorical(cardinality: 3)),
    ObservationField("b", .int16, [3, 3], .numeric(scale: [1])),
    ObservationField("c", .float32, [2], .hidden),
    ObservationField("d", .int64, [1], .hidden),
    ObservationField("e", .uint8, [256], .text),
  ]

  @Test func fieldsFollowEachOtherOnMultiplesOfEight() {
    let layout = ObservationLayout(Self.fields)
    #expect(layout.offsets == [0, 8, 32, 40, 48])
    #expect(layout.rowByteCount == 304)
    for (field, offset) in zip(layout.fields, layout.offsets) { #expect(layout.offset(of: field.name) == offset) }
    #expect(layout.offset(of: "nowhere") == nil)
  }

  @Test func sizesFollowFromShapeAndType() {
    #expect(Self.fields.map(\.elementCount) == [1, 9, 2, 1, 256])
    #expect(Self.fields.map(\.byteCount) == [1, 18, 8, 8, 256])
  }

  @Test func anEmptyLayoutHasAnEmptyRow() {
    #expect(ObservationLayout([]).rowByteCount == 0)
  }

  /// Peers compare signatures: whatever moves a byte must change the line.
  @Test func theSignatureTellsLayoutsApart() {
    let layout = ObservationLayout([ObservationField("a", .uint8, [2, 3], .hidden)])
    #expect(layout.signature == "a:uint8[2, 3]")
    let others = [
      ObservationField("b", .uint8, [2, 3], .hidden), ObservationField("a", .int8, [2, 3], .hidden),
      ObservationField("a", .uint8, [3, 2], .hidden),
    ]
    for other in others { #expect(ObservationLayout([other]).signature != layout.signature) }
  }
}
