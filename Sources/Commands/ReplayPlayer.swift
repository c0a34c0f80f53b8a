import Foundation
import Glibc
import Replays

/// Shows an episode in a terminal and reacts to keys.
struct ReplayPlayer {
  /// Steps per second.
  var speed: Double
  /// Range of the steps to show.
  let range: ClosedRange<Int>
  private var isPaused = false

  init(speed: Double, range: ClosedRange<Int>) {
    self.speed = speed
    self.range = range
  }

  /// Makes the terminal deliver single keys while this object exists. There are no keys if stdin is not a terminal.
  private final class Keys {
    private var former = termios()
    private let isTerminal = isatty(STDIN_FILENO) == 1 && getpgrp() == tcgetpgrp(STDIN_FILENO)

    init() {
      guard isTerminal, tcgetattr(STDIN_FILENO, &former) == 0 else { return }
      var raw = former
      // Ctrl-C still ends the program.
      raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
      tcsetattr(STDIN_FILENO, TCSANOW, &raw)
    }

    deinit { restore() }

    func restore() { if isTerminal { tcsetattr(STDIN_FILENO, TCSANOW, &former) } }

    /// The key that is pressed within `seconds`; nil if there is none.
    func next(within seconds: Double) -> UInt8? {
      guard isTerminal else {
        usleep(UInt32(max(0, min(seconds, 3600)) * 1e6))
        return nil
      }
      var descriptor = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      guard poll(&descriptor, 1, Int32(max(0, min(seconds, 3600)) * 1000)) > 0 else { return nil }
      var key: UInt8 = 0
      return read(STDIN_FILENO, &key, 1) == 1 ? key : UInt8(ascii: "q")
    }

    var areThere: Bool { isTerminal }
  }

  /// - Throws: the errors of the replay.
  mutating func play(_ replay: EpisodeReplay) throws {
    let keys = Keys()
    let interrupt = Self.restoringOnInterrupt(keys.restore)
    defer {
      interrupt.cancel()
      Self.print(TerminalText.end)
    }
    Self.print(TerminalText.beginning)
    var moment: ReplayMoment? = replay.opening
    while let present = moment {
      if range.contains(present.step) {
        Self.print(TerminalText.draw(present.picture()))
        // The last picture stays until a key is pressed, if there are keys.
        if present.isLast || present.step == range.upperBound { isPaused = keys.areThere }
        guard waits(keys) else { return }
        if present.step == range.upperBound { return }
      }
      moment = try replay.next()
    }
  }

  /// Waits until the next step is due or a key asks for it.
  /// - Returns: false if the player should quit.
  private mutating func waits(_ keys: Keys) -> Bool {
    let deadline = Date().timeIntervalSinceReferenceDate + 1 / speed
    while true {
      let seconds = isPaused ? 3600 : deadline - Date().timeIntervalSinceReferenceDate
      guard let key = keys.next(within: seconds) else {
        if isPaused { continue }
        return true
      }
      switch key {
      case UInt8(ascii: "q"): return false
      case UInt8(ascii: " "): isPaused.toggle()
      case UInt8(ascii: "n"), 10:
        isPaused = true
        return true
      case UInt8(ascii: "+"), UInt8(ascii: "="): speed = min(speed * 2, 1000)
      case UInt8(ascii: "-"): speed = max(speed / 2, 0.1)
      default: break
      }
    }
  }

  private static func restoringOnInterrupt(_ restore: @escaping () -> Void) -> any DispatchSourceSignal {
    let source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    signal(SIGINT, SIG_IGN)
    source.setEventHandler {
      restore()
      print(TerminalText.end)
      exit(130)
    }
    source.resume()
    return source
  }

  private static func print(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }
}
