import Foundation
import Telemetry
import TestSupport
import Testing

@testable import Dashboard

struct RecordTailTests {
  private let folder: TemporaryDirectory
  private var path: String { folder.path + "/metrics.jsonl" }

  init() throws { folder = try TemporaryDirectory() }

  private func line(_ step: Int, session: Int = 1) -> String {
    MetricsRecord(time: 1, step: step, session: session, values: [.returnMean: Double(step)]).jsonLine
  }

  private func append(_ text: String) throws {
    if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(fileURLWithPath: path)) }
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.seekToEnd()
    try file.write(contentsOf: Data(text.utf8))
    try file.close()
  }

  /// The slow way, which reads the whole file.
  private func all() throws -> [Int] { try MetricsFile.records(of: path).map(\.step) }

  @Test func onlyWholeLinesAreRead() throws {
    var tail = RecordTail()
    tail.update(from: path)
    #expect(tail.records.isEmpty)
    let second = line(20)
    try append(line(10) + "nonsense\n" + second.prefix(9))
    tail.update(from: path)
    #expect(tail.records.map(\.step) == [10])
    try append(second.dropFirst(9) + line(30))
    tail.update(from: path)
    #expect(tail.records.map(\.step) == [10, 20, 30])
    #expect(try tail.records.map(\.step) == all())
  }

  @Test func aLaterSessionReplacesAnEarlierOne() throws {
    try append([10, 20, 30, 40].map { line($0) }.joined() + line(20, session: 2) + line(25, session: 2))
    var tail = RecordTail()
    tail.update(from: path)
    #expect(try tail.records.map(\.step) == all() && tail.records.last?.session == 2)
    // Piece by piece it is the same.
    var growing = RecordTail()
    for (step, session) in [(10, 1), (20, 1), (30, 1), (40, 1), (20, 2), (25, 2)] {
      growing.add(MetricsRecord(time: 1, step: step, session: session, values: [:]))
    }
    #expect(growing.records.map(\.step) == tail.records.map(\.step))
  }

  @Test func aFileThatWasReplacedOrShortenedIsReadAgain() throws {
    var tail = RecordTail()
    try append(line(10) + line(20))
    tail.update(from: path)
    try line(5).write(toFile: path, atomically: true, encoding: .utf8)
    tail.update(from: path)
    #expect(tail.records.map(\.step) == [5])
    try Data().write(to: URL(fileURLWithPath: path), options: [])
    tail.update(from: path)
    #expect(tail.records.isEmpty)
  }

  @Test func manyRecordsAreThinnedEvenlyAndTheNewestStays() {
    var tail = RecordTail()
    for step in 1...25_001 { tail.add(MetricsRecord(time: 1, step: step, values: [:])) }
    let steps = tail.records.map(\.step)
    #expect(steps.count <= RecordTail.capacity + 1 && steps.count > RecordTail.capacity / 3)
    #expect(steps.last == 25_001 && steps == steps.sorted())
    let distances = zip(steps.dropFirst(), steps).map { $0 - $1 }.dropLast()
    #expect(Set(distances).count == 1)
  }

  @Test func aLineWithoutEndIsBounded() throws {
    try append(String(repeating: "x", count: 200_000))
    var tail = RecordTail()
    tail.update(from: path)
    try append("\n" + line(10))
    tail.update(from: path)
    #expect(tail.records.map(\.step) == [10])
  }
}
