import Trajectories

/// The view of an environment for people: the characters and colours of a terminal.
public struct Screen: Sendable, Hashable {
  public let rows: Int
  public let columns: Int
  /// [rows, columns] ASCII; characters that are not printable appear as blanks.
  public var characters: [UInt8]
  /// [rows, columns] colours of a terminal, 0 ... 15.
  public var colours: [UInt8]
  public var cursor: (row: Int, column: Int)?

  /// The colour of plain text.
  public static let plain: UInt8 = 7

  /// A blank screen.
  public init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    characters = Array(repeating: UInt8(ascii: " "), count: rows * columns)
    colours = Array(repeating: Self.plain, count: rows * columns)
  }

  /// Writes a line of text and cuts it at the edge.
  public mutating func write(_ text: String, row: Int, column: Int = 0, colour: UInt8 = Screen.plain) {
    guard (0..<rows).contains(row) else { return }
    for (offset, byte) in text.utf8.enumerated() where (0..<columns).contains(column + offset) {
      characters[row * columns + column + offset] = byte
      colours[row * columns + column + offset] = colour
    }
  }

  /// The text of a row without blanks at its end.
  public func text(row: Int) -> String {
    let line = characters[(row * columns)..<((row + 1) * columns)].map { (32..<127).contains($0) ? $0 : 32 }
    let end = line.lastIndex { $0 != 32 }.map { $0 + 1 } ?? 0
    return String(decoding: line[..<end], as: UTF8.self)
  }

  public static func == (a: Screen, b: Screen) -> Bool {
    a.rows == b.rows && a.columns == b.columns && a.characters == b.characters && a.colours == b.colours
      && a.cursor?.row == b.cursor?.row && a.cursor?.column == b.cursor?.column
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(characters)
    hasher.combine(colours)
  }
}

/// An environment with a screen that people can watch.
public protocol ScreenShowing: Environment {
  /// The current screen; nil if the environment's options leave out the observations that it needs.
  var screen: Screen? { get }

  /// The name of an action, for people; of a factored action, that of its first choice.
  func name(ofAction action: Int) -> String

  /// The name of an action that the next step could take, for people; nil if it has none.
  func name(of choice: ActionChoice) -> String?
}

extension ScreenShowing {
  public func name(of choice: ActionChoice) -> String? { choice.discreteIndex.map(name(ofAction:)) }
}
