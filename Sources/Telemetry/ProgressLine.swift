import Glibc

/// A line at the bottom of a terminal that is redrawn in place and makes way for ordinary lines. It writes nothing
/// itself: it says what to write.
public struct ProgressLine: Sendable {
  /// Columns of a terminal that does not say how many it has.
  static let usualColumns = 80

  /// Columns the line may take. One column is left free, because some terminals wrap when the last is filled.
  private let width: Int
  private var isDrawn = false

  public init(columns: Int) { width = max(0, columns - 1) }

  /// A line for a descriptor, or nil if that is no terminal.
  public init?(terminal descriptor: Int32) {
    guard isatty(descriptor) == 1 else { return nil }
    var size = winsize()
    let known = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    self.init(columns: known ? Int(size.ws_col) : Self.usualColumns)
  }

  /// What to write so that the line shows `text`, cut to the terminal's width.
  public mutating func draw(_ text: String) -> String {
    isDrawn = true
    return "\r\u{1B}[2K" + text.prefix(width)
  }

  /// What to write before an ordinary line; empty if nothing is drawn.
  public mutating func erase() -> String {
    defer { isDrawn = false }
    return isDrawn ? "\r\u{1B}[2K" : ""
  }
}
