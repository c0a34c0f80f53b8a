import Foundation
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Telemetry

@Suite struct OutageTests {
  @Test func hasOneLineAtItsBeginningAndOneAtItsEnd() {
    var outage = Outage(of: "metrics", firstPauseSeconds: 2, longestPauseSeconds: 5)
    #expect(outage.allowsAttempt(at: 0) && outage.succeeded(at: 0) == nil && outage.secondsToWait(at: 0) == nil)
    #expect(
      outage.failed("m: cannot write: No space left on device", at: 10)
        == "metrics cannot be written: m: cannot write: No space left on device. Training continues; they are tried "
        + "again every 2 to 5 s")
    #expect(!outage.allowsAttempt(at: 11.9) && outage.allowsAttempt(at: 12) && outage.secondsToWait(at: 11) == 1)
    #expect(outage.failed("again", at: 12) == nil && !outage.allowsAttempt(at: 15.9) && outage.allowsAttempt(at: 16))
    #expect(outage.failed("again", at: 16) == nil && outage.allowsAttempt(at: 21) && outage.failures == 3)
    #expect(outage.succeeded(at: 21) == "metrics are written again, after 11 s")
    #expect(outage.succeeded(at: 22) == nil && outage.allowsAttempt(at: 22) && !outage.isOn)
  }
}

/// A disk that is full for a while: every line is in the file in the end, whole and in order.
@Suite struct LineFileTests {
  private let file = TemporaryFile()
  private let files = FaultyFileSystem()

  private func line(_ number: Int) -> String { "line \(number) " + String(repeating: "x", count: number % 90) + "\n" }

  @Test func linesWaitForTheDisk() throws {
    var lines = LineFile(try files.openForAppending(file.path), subject: "lines")
    #expect(lines.write(line(1), now: 0) == nil)
    files.follow(.from(1))
    #expect(lines.write(line(2), now: 1)?.hasPrefix("lines cannot be written: \(file.path): cannot write: ") == true)
    for number in 3...9 { #expect(lines.write(line(number), now: 1.5) == nil) }
    #expect(lines.waitingLines == 8 && lines.failures == 1)
    files.follow(.never)
    #expect(lines.write(line(10), now: 3) == "lines are written again, after 2 s")
    #expect(try file.text() == (1...10).map(line).joined() && lines.waitingLines == 0 && lines.droppedLines == 0)
  }

  @Test(arguments: 1...30 as ClosedRange<UInt64>) func noFaultTearsALine(seed: UInt64) throws {
    var lines = LineFile(try files.openForAppending(file.path), subject: "lines")
    files.follow(.some(seed: seed, share: 0.4))
    for number in 1...200 { _ = lines.write(line(number), now: Double(number)) }
    files.follow(.never)
    _ = lines.flush(now: 1000)
    #expect(try file.text() == (1...200).map(line).joined())
  }

  @Test func whatWaitsIsBoundedAndCounted() throws {
    let long = String(repeating: "y", count: 1023) + "\n"
    var lines = LineFile(try files.openForAppending(file.path), subject: "lines")
    files.follow(.at(files.operations + 1))
    _ = lines.write(line(80), now: 0)  // half of it is written
    files.follow(.from(1))
    let count = LineFile.maximumWaitingBytes / 1024 + 10
    for _ in 1...count { _ = lines.write(long, now: 0.5) }
    #expect(lines.droppedLines == 11 || lines.droppedLines == 10)
    files.follow(.never)
    _ = lines.flush(now: 1)
    let written = try file.text()
    #expect(written.hasPrefix(line(80)) && written.utf8.count <= LineFile.maximumWaitingBytes + 100)
    #expect(written.dropFirst(line(80).count).split(separator: "\n").allSatisfy { $0.utf8.count == 1023 })
  }

  @Test func theLogSaysWhenItsFileWasNotWritten() throws {
    let clock = Mutex(0.0)
    let log = try LogWriter(file: file.path, stream: nil, files: files, now: { 0 }, clock: { clock.withLock { $0 } })
    files.follow(.from(1))
    for number in 1...3 { log.info("event \(number)") }
    #expect(log.lostLines == 4 && log.failures == 1)
    files.follow(.never)
    clock.withLock { $0 = 60 }
    log.info("event 4")
    #expect(log.lostLines == 0 && log.flush() == 0)
    let texts = try file.text().split(separator: "\n").map { $0.dropFirst("1970-01-01T00:00:00.000Z ".count) }
    #expect(texts.count == 6 && texts[0] == "info    event 1" && texts[1].hasPrefix("warning lines of the log cannot"))
    #expect(texts[4] == "info    event 4" && texts[5] == "warning lines of the log are written again, after 60 s")
  }
}
