import Checkpoints
import Foundation
import Telemetry

/// A run directory's rewards.tsv: the payments of all earlier sessions and of this one. The newest table waits in
/// memory while the disk does not take it.
struct RewardTableFile {
  private let directory: RunDirectory
  private let earlier: RewardTable
  /// The table that is not on disk.
  private var waiting: RewardTable?
  private var outage = Outage(of: "rewards")

  /// - Parameters:
  ///   - continues: whether the run was resumed, so that the table of its earlier sessions counts.
  ///   - warn: receives the reason why an existing table is not used.
  init(_ directory: RunDirectory, continues: Bool, warn: (String) -> Void) {
    self.directory = directory
    var earlier = RewardTable()
    if continues, let text = try? String(contentsOf: directory.rewards, encoding: .utf8) {
      do {
        earlier = try RewardTable(text: text, fileName: directory.rewards.path)
      } catch {
        warn("\(error); the table starts from scratch")
      }
    }
    self.earlier = earlier
  }

  /// Whether the newest table is on disk.
  var isWritten: Bool { waiting == nil }
  /// Attempts to write that failed.
  var failures: Int { outage.failures }

  /// Writes this session's payments, added to those of earlier sessions.
  /// - Returns: what to tell the user, if the file cannot be written from now on, or can be again.
  mutating func write(_ payments: [CaptionPayment], now: Double) -> String? {
    var table = RewardTable(payments)
    table.add(earlier)
    waiting = table
    return writeWaiting(now: now)
  }

  /// Tries again to write a table that waits, if it is time to. See `write` for what it returns.
  mutating func writeWaiting(now: Double) -> String? {
    guard let table = waiting, outage.allowsAttempt(at: now) else { return nil }
    do {
      try directory.publish(table.text, to: directory.rewards)
    } catch {
      return outage.failed("\(error)", at: now)
    }
    waiting = nil
    return outage.succeeded(at: now)
  }
}
