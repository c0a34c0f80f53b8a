import Runtime
import Tensor
import Trajectories

/// A 9 by 9 world of rooms with captions like NetHack's: find the key, unlock and open the door, take the stairs.
///
/// The only reward is +1 for the stairs behind the locked door. A trap ends the episode with 0; the step limit truncates it.
/// `label(of:)` tells which captions report progress. A reward of 1 / N^3 for those captions (N = occurrences in the
/// episode) makes the task easy. With the sparse reward alone it is hard: uniformly random play wins about one episode in
/// 8000. `CaptionGridState` has the rules and the state; this class writes observations.
public final class CaptionGrid: ForeseeingEnvironment {
  /// Several times the length of the shortest way, and few enough steps that random play almost never wins.
  public static let defaultMaximumSteps = 100
  /// Bytes of the optional `caption` field, including the terminating zero.
  public static let captionFieldBytes = 64

  public let specification: EnvironmentSpecification
  /// The state of the current episode.
  public private(set) var state: CaptionGridState
  private var witness: [UInt8]?

  private let layouts: Int
  private let difficulties: Int
  private let wordings: Int
  private let maximumSteps: Int
  private let offsets: FieldOffsets

  /// Byte offsets of the layout's fields, looked up once.
  private struct FieldOffsets {
    let cells: Int
    let status: Int
    let caption: Int?
    let distance: Int?
  }

  /// - Throws: `EnvironmentError` that names the option that is out of range.
  public init(options: EnvironmentOptions) throws(EnvironmentError) {
    specification = try Self.specification(options)
    layouts = try options.integer(Self.layoutsField)
    difficulties = try options.integer(Self.difficultiesField)
    wordings = try options.integer(Self.wordingsField)
    maximumSteps = options.maximumEpisodeSteps ?? Self.defaultMaximumSteps
    let layout = specification.observation
    guard let cells = layout.offset(of: "cells"), let status = layout.offset(of: "status") else {
      throw EnvironmentError("its layout has neither cells nor status")
    }
    offsets = FieldOffsets(
      cells: cells, status: status, caption: layout.offset(of: "caption"),
      distance: layout.offset(of: "distance"))
    state = CaptionGridState(seed: 0, layouts: layouts, difficulties: difficulties, maximumSteps: maximumSteps)
  }

  /// The witness of an episode; nil if captions have one wording. The witness stays the same for the whole episode, so that
  /// a repeated caption is an exact repetition.
  private static func witness(episode seed: UInt64, of wordings: Int) -> [UInt8]? {
    guard wordings > 0 else { return nil }
    var generator = SplitMix64(seed: seed)
    return CaptionGridWitness.sentences[Int(generator.next() % UInt64(wordings))]
  }

  public func reset(seed: UInt64, into output: StepOutput) {
    state = CaptionGridState(seed: seed, layouts: layouts, difficulties: difficulties, maximumSteps: maximumSteps)
    witness = Self.witness(episode: seed, of: wordings)
    write(.none, into: output)
  }

  public func step(_ action: Int, into output: StepOutput) throws -> Transition {
    guard let action = CaptionGridAction(rawValue: action) else {
      throw EnvironmentError("action \(action) is not below \(CaptionGridAction.allCases.count)")
    }
    let (transition, caption) = state.step(action)
    write(caption, into: output)
    return transition
  }

  /// The state is a value, so that a copy brings it back.
  public func foresee(_ action: Int, into output: StepOutput) throws -> Transition {
    let saved = state
    defer { state = saved }
    return try step(action, into: output)
  }

  // MARK: Observation

  /// Writes the observation of `state`, and `caption` followed by the episode's witness if it has one.
  private func write(_ caption: CaptionGridCaption, into output: StepOutput) {
    writeCells(into: output.field(at: offsets.cells, as: UInt8.self, count: CaptionGridMap.cellCount))
    writeStatus(into: output.field(at: offsets.status, as: Float.self, count: CaptionGridStatus.allCases.count))
    output.caption.set(caption.text)
    if caption != .none { witness?.withUnsafeBufferPointer { output.caption.append($0) } }
    if let distance = offsets.distance {
      output.field(at: distance, as: Float.self, count: 1)[0] = Float(state.stepsToWin ?? maximumSteps)
    }
    guard let offset = offsets.caption else { return }
    let field = output.field(at: offset, as: UInt8.self, count: Self.captionFieldBytes)
    field.update(repeating: 0)
    for index in 0..<min(output.caption.count, Self.captionFieldBytes - 1) {
      field[index] = output.caption.bytes[index]
    }
  }

  /// Writes the 9 by 9 cells around the hero. Relative to the hero, "the key is one step north" looks the same everywhere.
  private func writeCells(into cells: UnsafeMutableBufferPointer<UInt8>) {
    let side = CaptionGridMap.side
    let radius = side / 2
    let (heroRow, heroColumn) = (state.hero / side, state.hero % side)
    cells.update(repeating: CaptionGridTile.stone.rawValue)
    let firstColumn = max(0, radius - heroColumn)
    let endColumn = min(side, side + radius - heroColumn)
    for viewRow in max(0, radius - heroRow)..<min(side, side + radius - heroRow) {
      let mapRow = (heroRow + viewRow - radius) * side
      for viewColumn in firstColumn..<endColumn {
        cells[viewRow * side + viewColumn] = state.map.tiles[mapRow + heroColumn + viewColumn - radius].rawValue
      }
    }
  }

  private func writeStatus(into status: UnsafeMutableBufferPointer<Float>) {
    let side = CaptionGridMap.side
    func set(_ element: CaptionGridStatus, _ flag: Bool) { status[element.rawValue] = flag ? 1 : 0 }
    func setWay(_ south: CaptionGridStatus, _ east: CaptionGridStatus, to goal: Int) {
      let step = state.map.safeCells.firstStep(from: state.hero, to: goal)
      status[south.rawValue] = step == side ? 1 : step == -side ? -1 : 0
      status[east.rawValue] = step == 1 ? 1 : step == -1 ? -1 : 0
    }
    status[CaptionGridStatus.row.rawValue] = Float(state.hero / side)
    status[CaptionGridStatus.column.rawValue] = Float(state.hero % side)
    set(.hasKey, state.hasKey)
    set(.doorIsUnlocked, state.doorIsUnlocked)
    set(.doorIsOpen, state.doorIsOpen)
    setWay(.keySouth, .keyEast, to: state.hasKey ? state.hero : state.map.key)
    setWay(.doorSouth, .doorEast, to: state.map.door)
    setWay(.stairsSouth, .stairsEast, to: state.map.stairs)
    set(.isOnKey, !state.hasKey && state.hero == state.map.key)
    set(.isAtDoor, state.isNextToDoor)
  }
}

extension CaptionGrid {
  /// The specification with these options. The fields of the observation are:
  /// - `cells` uint8 [9, 9]: the `CaptionGridTile` of each cell around the hero, who is at [4, 4]; stone outside the map.
  /// - `status` float32 [13]: see `CaptionGridStatus`.
  /// - `distance` float32 [1], only if `environment.distance` is 1: the steps that the shortest way to win still takes.
  /// - `caption` uint8 [64], only if `observationKeys` names it: the caption, terminated by zero.
  /// - Throws: `EnvironmentError` that names the option that is out of range.
  static func specification(_ options: EnvironmentOptions) throws(EnvironmentError) -> EnvironmentSpecification {
    for field in [layoutsField, difficultiesField, wordingsField, distanceField] { _ = try options.integer(field) }
    if let steps = options.maximumEpisodeSteps, steps < 1 {
      throw EnvironmentError("maximum_episode_steps = \(steps) is not positive")
    }
    var fields = [
      ObservationField(
        "cells", .uint8, [CaptionGridMap.side, CaptionGridMap.side],
        .categorical(cardinality: CaptionGridTile.allCases.count)),
      ObservationField(
        "status", .float32, [CaptionGridStatus.allCases.count],
        .numeric(scale: CaptionGridStatus.allCases.map(\.scale))),
    ]
    if try options.integer(distanceField) == 1 {
      fields.append(ObservationField("distance", .float32, [1], .numeric(scale: [distanceScale])))
    }
    if options.observationKeys?.contains("caption") == true {
      fields.append(ObservationField("caption", .uint8, [captionFieldBytes], .text))
    }
    return EnvironmentSpecification(
      name: "CaptionGrid", observation: ObservationLayout(fields), actionCount: CaptionGridAction.allCases.count)
  }

  static let layoutsField = EnvironmentField(
    "layouts", default: 0, in: 0...1_000_000_000,
    "CaptionGrid: number of distinct maps. 0 generates a new map for every episode.")

  static let difficultiesField = EnvironmentField(
    "difficulties", default: 0, in: 0...4,
    "CaptionGrid: number of classes of difficulty; an episode's class is its seed modulo this number. In the hardest class, "
      + "the last one, everything is to be done; the class before it begins with the key, the one before that with the door "
      + "unlocked, and the easiest of 4 with an open door. 0 is the same as 1.")

  static let wordingsField = EnvironmentField(
    "wordings", default: 0, in: 0...CaptionGridWitness.count,
    "CaptionGrid: number of wordings of each caption. Every episode uses one of them; none changes the meaning. "
      + "0 is the same as 1.")

  static let distanceField = EnvironmentField(
    "distance", default: 0, in: 0...1,
    "CaptionGrid: 1 adds the observation `distance`, the steps that the shortest way to win still takes, for rewards that "
      + "a solver designs. The policy sees it too.")
  /// The longest ways have about 40 steps.
  private static let distanceScale: Float = 1.0 / 32

  /// The task "CaptionGrid".
  public static let entry = EnvironmentEntry(
    name: "CaptionGrid",
    summary: "9x9 rooms with a locked door and NetHack-like captions; +1 for the stairs (fast test of learning)",
    ownFields: [layoutsField, difficultiesField, wordingsField, distanceField],
    specification: { try specification($0) },
    make: { try CaptionGrid(options: $0) })
}

extension CaptionGrid {
  /// The answer of a perfect annotator, exact for every caption of this world.
  /// - Returns: true if `caption` reports progress towards the stairs, false if not, nil for the empty caption and for texts
  ///   that are not captions of this world.
  public static func label(of caption: some Sequence<UInt8>) -> Bool? {
    meaning(of: caption)?.isProgress
  }

  /// The answer to another question: was the step that led to the caption a mistake?
  public static func isMistake(_ caption: some Sequence<UInt8>) -> Bool? { meaning(of: caption)?.isMistake }

  private static func meaning(of caption: some Sequence<UInt8>) -> CaptionGridCaption? {
    meanings[CaptionGridWitness.removed(from: Array(caption))]
  }

  private static let meanings: [[UInt8]: CaptionGridCaption] = Dictionary(
    uniqueKeysWithValues: CaptionGridCaption.allCases.filter { $0 != .none }.map { caption in
      (caption.text.withUTF8Buffer { Array($0) }, caption)
    })
}

/// The elements of the observation's `status` field, in order.
///
/// Flags are 0 or 1. A direction is the first step of a shortest way around walls and traps, as NetHack's travel command
/// walks it: south and east are 1, north and west -1, and 0 means arrival. Landmarks are known from the start: the
/// difficulty of the world is to find out what to do, not where.
public enum CaptionGridStatus: Int, Sendable, CaseIterable {
  /// 1 ... 7, from the north.
  case row
  /// 1 ... 7, from the west.
  case column
  case hasKey
  case doorIsUnlocked
  case doorIsOpen
  /// Direction of the key; 0 after the hero has picked it up.
  case keySouth
  case keyEast
  /// Direction of the door.
  case doorSouth
  case doorEast
  /// Direction of the stairs, through the door whether it is open or not.
  case stairsSouth
  case stairsEast
  /// The hero is on the key's cell.
  case isOnKey
  /// The hero is on a cell next to the door.
  case isAtDoor

  /// The factor by which a network multiplies the element.
  var scale: Float {
    switch self {
    case .row, .column: 0.25
    default: 1
    }
  }
}

extension CaptionGrid: ScreenShowing {
  /// The map with NetHack's characters, and below it whether the hero has the key and the state of the door.
  public var screen: Screen? {
    let side = CaptionGridMap.side
    var screen = Screen(rows: side + 2, columns: Self.screenColumns)
    for row in 0..<side {
      for column in 0..<side {
        let (sign, colour) = state.map.tiles[row * side + column].sign
        screen.write(sign, row: row, column: column, colour: colour)
      }
    }
    let (row, column) = (state.hero / side, state.hero % side)
    screen.write("@", row: row, column: column, colour: 15)
    screen.cursor = (row, column)
    let door = state.doorIsOpen ? "open" : state.doorIsUnlocked ? "unlocked" : "locked"
    screen.write("key: \(state.hasKey ? "yes" : "no")  door: \(door)", row: side + 1)
    return screen
  }

  private static let screenColumns = 40

  public func name(ofAction action: Int) -> String {
    switch CaptionGridAction(rawValue: action) {
    case nil: "\(action)"
    case .pickUp: "pick up"
    case let action?: "\(action)"
    }
  }
}
