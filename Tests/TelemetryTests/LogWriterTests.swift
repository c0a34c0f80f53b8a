import Foundation
import Testing

@testable import Telemetry

@Suite struct LogWriterTests {
  let file = TemporaryFile()

  private func writer(at seconds: Double = 1_769_903_999.1239) throws -> LogWriter {
    try LogWriter(file: file.path, stream: nil, now: { seconds })
  }

  @Test func oneLineAnEvent() throws {
    let log = try writer()
    log.info("worker a7 joined")
    log.warning("worker a7 is silent")
    log.error("checkpoint failed")
    #expect(
      try file.text() == """
        2026-01-31T23:59:59.123Z info    worker a7 joined
        2026-01-31T23:59:59.123Z warning worker a7 is silent
        2026-01-31T23:59:59.123Z error   checkpoint failed

        """)
  }

  @Test func messagesCannotForgeLinesOrDriveATerminal() throws {
    try writer().info("caption \"a\nb\r\t\u{1B}[2J\u{7F}\u{85}\u{2028}☃\"")
    #expect(
      try file.text()
        == "2026-01-31T23:59:59.123Z info    caption \"a\\nb\\r\\t\\u{1b}[2J\\u{7f}\\u{85}\\u{2028}☃\"\n")
  }

  @Test func logsAreAppendedTo() throws {
    try writer().info("first")
    try writer().info("second")
    #expect(try file.text().split(separator: "\n").count == 2)
  }

  @Test func linesOfManyThreadsAreNeverMixed() throws {
    let log = try writer()
    DispatchQueue.concurrentPerform(iterations: 8) { thread in
      for event in 0..<50 { log.info("thread \(thread) " + String(repeating: "x", count: event)) }
    }
    let lines = try file.text().split(separator: "\n")
    #expect(lines.count == 400)
    #expect(lines.allSatisfy { $0.wholeMatch(of: /2026-01-31T23:59:59\.123Z info    thread [0-7] x*/) != nil })
  }

  @Test func aFullDiskIsCountedAndHarmless() throws {
    let log = try LogWriter(file: "/dev/full", stream: nil)
    log.info("lost")
    log.info("lost too")
    // Both lines, and the one that says so.
    #expect(log.lostLines == 3 && log.flush() == 3)
  }

  @Test func aFileThatCannotBeOpenedIsNamed() {
    #expect { try LogWriter(file: "/nonexistent/learner.log", stream: nil) } throws: {
      "\($0)" == "/nonexistent/learner.log: cannot open: No such file or directory"
    }
  }

  @Test func timesAreUTC() {
    #expect(Timestamp.utc(0) == "1970-01-01T00:00:00.000Z")
    #expect(Timestamp.utc(951_827_696.0005) == "2000-02-29T12:34:56.000Z")
    #expect(Timestamp.now() > 1_700_000_000)
  }
}

@Suite struct ProgressLineTests {
  @Test func isErasedBeforeAnOrdinaryLine() {
    var line = ProgressLine(columns: 11)
    #expect(line.erase() == "")
    #expect(line.draw("step 1") == "\r\u{1B}[2Kstep 1")
    #expect(line.draw("step 2 of many") == "\r\u{1B}[2Kstep 2 of ")
    #expect(line.erase() == "\r\u{1B}[2K")
    #expect(line.erase() == "")
  }

  @Test func existsOnATerminalOnly() throws {
    let file = TemporaryFile()
    #expect(FileManager.default.createFile(atPath: file.path, contents: nil))
    let handle = try FileHandle(forWritingTo: file.url)
    #expect(ProgressLine(terminal: handle.fileDescriptor) == nil)
    let log = try LogWriter(stream: handle.fileDescriptor, now: { 0 })
    log.draw(progress: "step 1")
    log.info("event")
    log.eraseProgress()
    #expect(try file.text() == "1970-01-01T00:00:00.000Z info    event\n")
  }

  // Linux's pseudo-terminals without the C functions that the Swift overlay lacks: unlock, and read the number.
  private static let unlockRequest: UInt = 0x4004_5431
  private static let numberRequest: UInt = 0x8004_5430

  @Test(.enabled(if: access("/dev/ptmx", R_OK | W_OK) == 0)) func makesWayOnATerminal() throws {
    let master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    defer { close(master) }
    var locked: Int32 = 0
    var number: Int32 = -1
    #expect(ioctl(master, Self.unlockRequest, &locked) == 0)
    #expect(ioctl(master, Self.numberRequest, &number) == 0)
    let terminal = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    defer { close(terminal) }
    try #require(isatty(terminal) == 1)
    let log = try LogWriter(stream: terminal, now: { 0 })
    log.draw(progress: "step 1\u{7}")
    log.info("event")
    log.eraseProgress()
    let expected = "\r\u{1B}[2Kstep 1\\u{7}\r\u{1B}[2K1970-01-01T00:00:00.000Z info    event\r\n"
    var received: [UInt8] = []
    while received.count < expected.utf8.count {
      var buffer = [UInt8](repeating: 0, count: 256)
      let count = read(master, &buffer, buffer.count)
      guard count > 0 else { break }
      received += buffer.prefix(count)
    }
    #expect(String(decoding: received, as: UTF8.self) == expected)
  }
}

@Suite struct LogLimiterTests {
  @Test func admitsAFewAnIntervalAndCountsTheRest() {
    var limiter = LogLimiter(limit: 2, intervalSeconds: 10)
    let admitted = [0, 1, 2, 3, 9.9].map { limiter.admit(at: $0) }
    #expect(admitted.map(\.write) == [true, true, false, false, false])
    #expect(admitted.allSatisfy { $0.heldBack == 0 })
    let next = limiter.admit(at: 10)
    #expect(next.write)
    #expect(next.heldBack == 3)
    #expect(limiter.admit(at: 30).heldBack == 0)
  }
}

/// A file that is removed at the end of its test.
final class TemporaryFile {
  let url = FileManager.default.temporaryDirectory.appending(path: "tengu-telemetry-\(UUID().uuidString)")

  deinit { try? FileManager.default.removeItem(at: url) }

  var path: String { url.path }

  func text() throws -> String { try String(contentsOf: url, encoding: .utf8) }
}
