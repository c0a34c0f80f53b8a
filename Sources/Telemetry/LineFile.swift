import Runtime

/// A file of lines, or of other records, that tolerates a full disk: those that cannot be written wait in memory, in order
/// and up to a bound, and are written when the disk has space again. Used by one thread at a time.
struct LineFile {
  /// Bytes that may wait; of more, the oldest lines are dropped and counted. An hour of metrics fits.
  static let maximumWaitingBytes = 1 << 21

  private let file: any AppendedFile
  /// What is still to be written. A line that was written in part stays, without that part, at the front.
  private var waiting: [ArraySlice<UInt8>] = []
  private var waitingBytes = 0
  private var isFirstTorn = false
  private var outage: Outage
  /// Lines that were dropped.
  private(set) var droppedLines = 0

  /// - Parameter subject: see `Outage.subject`.
  init(_ file: any AppendedFile, subject: String) {
    self.file = file
    outage = Outage(of: subject)
  }

  /// Attempts that failed.
  var failures: Int { outage.failures }
  var waitingLines: Int { waiting.count }

  /// Appends a line, after those that wait.
  /// - Parameter line: with its line feed.
  /// - Returns: what to tell the user, if an outage begins or ends.
  mutating func write(_ line: String, now: Double) -> String? { write(Array(line.utf8), now: now) }

  /// Appends the bytes of a line or of another record, after those that wait.
  /// - Returns: what to tell the user, if an outage begins or ends.
  mutating func write(_ record: [UInt8], now: Double) -> String? {
    enqueue(record[...])
    return outage.allowsAttempt(at: now) ? flush(now: now) : nil
  }

  /// Tries to write the waiting lines, even during a pause.
  mutating func flush(now: Double) -> String? {
    do {
      while let line = waiting.first {
        let count = try file.append(line)
        waitingBytes -= count
        isFirstTorn = count < line.count
        if isFirstTorn { waiting[0] = line.dropFirst(count) } else { waiting.removeFirst() }
      }
    } catch {
      return outage.failed(error.description, at: now)
    }
    return outage.succeeded(at: now)
  }

  private mutating func enqueue(_ line: ArraySlice<UInt8>) {
    waiting.append(line)
    waitingBytes += line.count
    while waitingBytes > Self.maximumWaitingBytes {
      // The rest of a torn line must follow its beginning.
      let oldest = isFirstTorn ? 1 : 0
      guard waiting.count > oldest + 1 else { return }
      waitingBytes -= waiting.remove(at: oldest).count
      droppedLines += 1
    }
  }
}
