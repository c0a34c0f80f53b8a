/// The task "CaptionGrid" as the registry lists it: its limits, its observation and how to make it.
public enum CaptionGridTask {
  public static let name = "CaptionGrid"
  /// Several times what the shortest way takes, and few enough that random play almost never wins.
  public static let defaultMaximumSteps = 100
  /// Bytes of the optional `caption` field, the ending zero included.
  public static let captionFieldBytes = 64

  public static let entry = EnvironmentEntry(
    name: name,
    summary: "9x9 rooms with a locked door and NetHack-like captions; +1 for the stairs (fast test of learning)",
    specification: { try specification($0) },
    make: { try CaptionGrid(options: $0) })

  /// The layout under these options.
  ///
  /// - `cells` uint8 [9, 9]: `CaptionGridTile` of the cells around the hero, who is at [4, 4]; stone outside the map.
  /// - `status` float32 [13]: see `CaptionGridStatus`.
  /// - `caption` uint8 [64], only if `observationKeys` names it: the caption, ended by zero.
  /// - Throws: `EnvironmentError` naming the option that is out of range.
  static func specification(_ options: EnvironmentOptions) throws -> EnvironmentSpecification {
    if options.layouts < 0 {
      throw EnvironmentError("CaptionGrid: layouts = \(options.layouts) is negative")
    }
    if !(0...CaptionGridWitness.count).contains(options.wordings) {
      throw EnvironmentError("CaptionGrid: wordings = \(options.wordings) is not 0 to \(CaptionGridWitness.count)")
    }
    if let steps = options.maximumEpisodeSteps, steps < 1 {
      throw EnvironmentError("CaptionGrid: maximum_episode_steps = \(steps) is not positive")
    }
    var fields = [
      ObservationField(
        "cells", .uint8, [CaptionGridMap.side, CaptionGridMap.side],
        .categorical(cardinality: CaptionGridTile.allCases.count)),
      ObservationField(
        "status", .float32, [CaptionGridStatus.allCases.count],
        .numeric(scale: CaptionGridStatus.allCases.map(\.scale))),
    ]
    if options.observationKeys?.contains("caption") == true {
      fields.append(ObservationField("caption", .uint8, [captionFieldBytes], .text))
    }
    return EnvironmentSpecification(
      name: name, observation: ObservationLayout(fields), actionCount: CaptionGridAction.allCases.count)
  }
}
