import Foundation
import Learner
import Runtime
import Transport

/// Follows a run: asks for its status at intervals and shows it, on a full screen or line after line.
struct StatusWatch {
  private let connection: StatusConnection
  private let interval: Double
  private let json: Bool
  private let phases: Bool

  /// - Parameters:
  ///   - interval: seconds between two looks.
  ///   - json: prints each answer as a line of JSON instead.
  ///   - phases: prints only the phases instead.
  init(_ connection: StatusConnection, interval: Double, json: Bool, phases: Bool) {
    self.connection = connection
    self.interval = interval
    self.json = json
    self.phases = phases
  }

  /// Shows the run until a signal arrives, the user types q or the run ends. The terminal is as before then, whatever the
  /// reason.
  /// - Throws: `RunError` if the learner refuses to answer.
  func run() throws {
    let signals = try ProcessSignals()
    let screen = json || phases ? nil : FullScreen()
    defer { screen?.close() }
    var due = MonotonicClock.seconds + interval
    var latest: RunStatus?
    var size = screen?.size
    while true {
      for event in try connection.pump() {
        switch event {
        case .status(let status):
          latest = status
          try show(status, on: screen)
        case .lost(let reason):
          if let screen { screen.note(reason) } else { say(reason) }
        case .ended(let reason):
          screen?.close()
          say(reason)
          return
        }
      }
      if signals.next() != nil || screen?.wantsToEnd == true { return connection.close("the view was closed") }
      let now = MonotonicClock.seconds
      if now >= due {
        due = now + interval
        connection.request()
      }
      if let screen, let latest, screen.size != size {
        size = screen.size
        try show(latest, on: screen)
      }
      try wait(signals, screen, until: due)
    }
  }

  private func show(_ status: RunStatus, on screen: FullScreen?) throws {
    if let screen { return screen.draw(status) }
    let text: String
    if json {
      text = try status.printableJSON
    } else if phases {
      text = (status.view?.phases?.table ?? "nothing was measured yet") + "\n"
    } else {
      text = WatchScreen(status, columns: 120, rows: nil).lines.map(\.text).joined(separator: "\n") + "\n"
    }
    print(text)
    try StandardOutput.flush()
  }

  /// Waits for a message, a key or a signal, at most so long that a new size of the window shows soon.
  private func wait(_ signals: ProcessSignals, _ screen: FullScreen?, until due: Double) throws {
    let poller = Poller()
    _ = poller.add(descriptor: signals.descriptor)
    if screen?.readsKeys == true { _ = poller.add(descriptor: STDIN_FILENO) }
    connection.watch(poller)
    let seconds = min(due, connection.nextDeadline) - MonotonicClock.seconds
    _ = try poller.wait(milliseconds: Int(max(0, min(seconds, FullScreen.resizeSeconds)) * 1000) + 1)
  }

  private func say(_ text: String) { FileHandle.standardError.write(Data("tengu: \(text.printable)\n".utf8)) }
}
