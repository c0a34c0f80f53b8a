import TenguEnvironments

extension Garden {
  /// Cells of a side of the picture; a smaller garden has hedge around it.
  static let side = 7

  /// What a cell of the picture can be.
  enum Cell {
    static let hedge: UInt8 = 0
    static let grass: UInt8 = 1
    static let can: UInt8 = 2
    static let flower: UInt8 = 3
    static let hero: UInt8 = 4
    static let count = 5
  }

  /// The observation:
  /// - `cells` uint8 [7, 7]: see `Cell`.
  /// - `carries` uint8 []: 1 with the can.
  static let specification = EnvironmentSpecification(
    name: "Garden",
    observation: ObservationLayout([
      ObservationField("cells", .uint8, [side, side], .categorical(cardinality: Cell.count)),
      ObservationField("carries", .uint8, [], .categorical(cardinality: 2)),
    ]),
    actionCount: moves.count)

  static let sizeField = EnvironmentField(
    "garden_size", default: 5, in: 2...side, "Garden: cells of a side of the garden.")

  /// The task "Garden".
  public static let entry = EnvironmentEntry(
    name: "Garden", summary: "a garden with a can and a flower to water", ownFields: [sizeField],
    specification: { _ in specification },
    make: { try Garden(options: $0) })
}
