import Environments

/// Screens in the language of terminals (ECMA-48).
public enum TerminalText {
  /// Clears the terminal and hides its cursor.
  public static let beginning = "\u{1B}[2J\u{1B}[H\u{1B}[?25l"
  /// Shows the cursor again, in plain colours.
  public static let end = "\u{1B}[0m\u{1B}[?25h\r\n"

  /// Draws `screen` from the upper left corner on.
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

  /// The colours 8 to 15 are the bright ones. Black would not be seen: it is dark grey.
  private static func code(_ colour: UInt8) -> String {
    switch colour {
    case 0: "\u{1B}[0;90m"
    case 1..<8: "\u{1B}[0;\(30 + colour)m"
    default: "\u{1B}[0;\(82 + min(colour, 15))m"
    }
  }
}
