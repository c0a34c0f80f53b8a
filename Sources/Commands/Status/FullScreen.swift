import Foundation
import Glibc
import Learner
import Runtime

/// The terminal as one screen: the alternate screen without a cursor, keys without Return. `close` restores what was there.
///
/// Used by one thread.
final class FullScreen {
  /// Columns and lines of a window.
  struct Size: Equatable {
    var columns = 80
    var rows = 24
  }

  /// Seconds after which a new size of the window is noticed.
  static let resizeSeconds = 0.25

  private static let begin = "\u{1B}[?1049h\u{1B}[?25l"
  private static let end = "\u{1B}[0m\u{1B}[?25h\u{1B}[?1049l"
  private static let clearRest = "\u{1B}[K"

  private let usesColours: Bool
  /// The keyboard's settings before; nil if standard input is no terminal.
  private var earlier: termios?
  private var isOpen = true
  private var message = ""

  /// nil if the output is no terminal, or one that knows no escape sequences.
  init?() {
    let environment = ProcessInfo.processInfo.environment
    guard isatty(STDOUT_FILENO) == 1, environment["TERM"] != "dumb" else { return nil }
    // https://no-color.org: any text but the empty one.
    usesColours = environment["NO_COLOR"].map(\.isEmpty) ?? true
    var settings = termios()
    if isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &settings) == 0 {
      earlier = settings
      // Keys come one by one and are not shown; Ctrl-C still interrupts, and Ctrl-Z does not stop behind the screen.
      settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
      withUnsafeMutableBytes(of: &settings.c_cc) { keys in
        keys[Int(VSUSP)] = 0
        keys[Int(VMIN)] = 0
        keys[Int(VTIME)] = 0
      }
      tcsetattr(STDIN_FILENO, TCSANOW, &settings)
    }
    write(Self.begin)
  }

  deinit { close() }

  /// The window's size now.
  var size: Size {
    var window = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else {
      return Size()
    }
    return Size(columns: Int(window.ws_col), rows: Int(window.ws_row))
  }

  /// Whether standard input is a keyboard that this screen reads.
  var readsKeys: Bool { earlier != nil }

  /// Whether the user has typed q since the last call. Other keys are ignored.
  var wantsToEnd: Bool {
    guard readsKeys else { return false }
    var keys = [UInt8](repeating: 0, count: 64)
    let count = Glibc.read(STDIN_FILENO, &keys, keys.count)
    return count > 0 && keys.prefix(count).contains { $0 == UInt8(ascii: "q") || $0 == UInt8(ascii: "Q") }
  }

  /// A line at the lower edge until the next status arrives.
  func note(_ text: String) {
    message = text.printable
    drawLastLine()
  }

  /// Draws a run's state over the whole window.
  func draw(_ status: RunStatus) {
    let size = size
    let lines = WatchScreen(status, columns: size.columns, rows: max(1, size.rows - 1)).lines
    var text = "\u{1B}[H"
    // Line by line over what is there, so that the screen does not flicker.
    for line in lines { text += styled(line) + Self.clearRest + "\r\n" }
    write(text + "\u{1B}[J")
    message = "q or Ctrl-C ends the view, not the run"
    drawLastLine()
  }

  /// Restores the terminal; further calls do nothing.
  func close() {
    guard isOpen else { return }
    isOpen = false
    write(Self.end)
    if var earlier { tcsetattr(STDIN_FILENO, TCSANOW, &earlier) }
  }

  private func drawLastLine() {
    let size = size
    let text = message.prefix(max(0, size.columns - 1))
    write("\u{1B}[\(size.rows);1H" + (usesColours ? "\u{1B}[2m\(text)\u{1B}[0m" : "\(text)") + Self.clearRest)
  }

  private func styled(_ line: WatchScreen.Line) -> String {
    guard usesColours else { return line.text }
    let code =
      switch line.style {
      case .plain: ""
      case .heading: "1"
      case .curve: "36"
      case .advice: "33"
      case .trouble: "31"
      }
    return code.isEmpty ? line.text : "\u{1B}[\(code)m\(line.text)\u{1B}[0m"
  }

  private func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      // A terminal that is gone takes nothing; the view ends with its signal.
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }
}
