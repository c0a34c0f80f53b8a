import Environments
import Foundation

/// Writes an episode as a file that other programs can play.
public protocol RecordingWriter {
  /// Adds a moment.
  /// - Parameter seconds: time since the beginning; it never decreases.
  mutating func append(_ moment: ReplayMoment, at seconds: Double)

  /// The file so far.
  var bytes: [UInt8] { get }
}

/// Writes asciicast v2: a line of JSON with the terminal's size, then one line for each piece of output with its time
/// (docs.asciinema.org/manual/asciicast/v2).
public struct AsciinemaWriter: RecordingWriter {
  private struct Header: Encodable {
    var version = 2
    var width: Int
    var height: Int
    var title: String
  }

  public private(set) var bytes: [UInt8] = []
  private let title: String

  public init(title: String) { self.title = title }

  public mutating func append(_ moment: ReplayMoment, at seconds: Double) {
    let picture = moment.picture()
    var text = TerminalText.draw(picture)
    if bytes.isEmpty {
      append(Header(width: picture.columns, height: picture.rows, title: title))
      text = TerminalText.beginning + text
    }
    if moment.isLast { text += TerminalText.end }
    // The three parts of an event are an array of number, string and string.
    bytes += Array("[\((seconds * 1e6).rounded() / 1e6), \"o\", ".utf8)
    append(text, closing: "]")
  }

  private mutating func append(_ value: some Encodable, closing: String = "") {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Texts and whole numbers can always be encoded.
    bytes += Array((try? encoder.encode(value)) ?? Data()) + Array((closing + "\n").utf8)
  }
}

/// Writes ttyrec: each piece of output follows twelve bytes, little-endian: seconds, microseconds, length.
public struct TtyrecWriter: RecordingWriter {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  public mutating func append(_ moment: ReplayMoment, at seconds: Double) {
    var text = TerminalText.draw(moment.picture())
    if bytes.isEmpty { text = TerminalText.beginning + text }
    if moment.isLast { text += TerminalText.end }
    let microseconds = Int((seconds * 1e6).rounded())
    append(UInt32(truncatingIfNeeded: microseconds / 1_000_000))
    append(UInt32(microseconds % 1_000_000))
    append(UInt32(text.utf8.count))
    bytes += Array(text.utf8)
  }

  private mutating func append(_ value: UInt32) {
    withUnsafeBytes(of: value.littleEndian) { bytes += $0 }
  }
}

/// Screens as control sequences of terminals (ECMA-48).
public enum TerminalText {
  /// Clears the terminal and hides its cursor.
  public static let beginning = "\u{1B}[2J\u{1B}[H\u{1B}[?25l"
  /// Shows the cursor again, in plain colours.
  public static let end = "\u{1B}[0m\u{1B}[?25h\r\n"

  /// The text that draws `screen` from the upper left corner.
  public static func draw(_ screen: Screen) -> String {
    var text = "\u{1B}[H"
    var colour: UInt8?
    for row in 0..<screen.rows {
      for column in 0..<screen.columns {
        let square = row * screen.columns + column
        let character = screen.characters[square]
        let isVisible = (33..<127).contains(character)
        if isVisible, screen.colours[square] != colour {
          colour = screen.colours[square]
          text += code(screen.colours[square])
        }
        text.unicodeScalars.append(isVisible ? UnicodeScalar(character) : " ")
      }
      text += "\u{1B}[K"
      if row < screen.rows - 1 { text += "\r\n" }
    }
    return text + "\u{1B}[0m\u{1B}[J"
  }

  /// The sequence that selects a colour. 8 to 15 are the bright colours. Black would be invisible, so it becomes dark grey.
  private static func code(_ colour: UInt8) -> String {
    switch colour {
    case 0: "\u{1B}[0;90m"
    case 1..<8: "\u{1B}[0;\(30 + colour)m"
    default: "\u{1B}[0;\(82 + min(colour, 15))m"
    }
  }
}
