import Foundation
import Runtime
import Synchronization
import Telemetry

/// A line on a terminal that says how much of long work is done and how long the rest takes. Nothing is shown where
/// standard error is no terminal.
final class ProgressLine: Sendable {
  private static let pauseSeconds = 0.25
  private static let eraseLine = "\r\u{1B}[K"

  private let total: Int
  private let noun: String
  private let left = TimeLeft()
  private let isShown = isatty(STDERR_FILENO) == 1
  /// When the line is drawn next.
  private let next = Mutex(0.0)

  /// - Parameter noun: what is counted, such as "episodes".
  init(of total: Int, _ noun: String) {
    self.total = max(1, total)
    self.noun = noun
  }

  /// Draws the line, on any thread.
  func show(_ done: Int) {
    guard isShown else { return }
    let now = MonotonicClock.seconds
    let isDue = next.withLock { next in
      guard now >= next else { return false }
      next = now + Self.pauseSeconds
      return true
    }
    guard isDue else { return }
    let rest = left.seconds(share: Double(done) / Double(total), now: now)
    let text = "\(done) of \(total) \(noun)" + (rest.map { ", \(CompactNumber.duration($0)) left" } ?? "")
    FileHandle.standardError.write(Data("\(Self.eraseLine)\(text)".utf8))
  }

  /// Removes the line.
  func end() {
    if isShown { FileHandle.standardError.write(Data(Self.eraseLine.utf8)) }
  }
}
