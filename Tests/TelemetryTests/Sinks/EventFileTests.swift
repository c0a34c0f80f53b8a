import Foundation
import TestSupport
import Testing

@testable import Telemetry

@Suite struct EventFileTests {
  let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  private func sample(_ step: Int, _ values: [MetricName: Double]) -> MetricsSample {
    MetricsSample(MetricsRecord(time: 100.5, step: step, session: 1, values: values))
  }

  private func open(session: Int = 1, files: FaultyFileSystem = FaultyFileSystem()) throws -> EventFile {
    try EventFile(
      folder: folder.path + "/tensorboard", session: session, time: 1_769_904_000, host: "a b", process: 7, files: files
    )
  }

  /// RFC 3720, appendix B.4, and the usual check value.
  @Test func checksumsAreThoseOfTheStandard() {
    #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
    #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.masked([]) == 0xA282_EAD8)
  }

  @Test func scalarsReadBack() throws {
    let file = try open()
    #expect(file.path.hasSuffix("/tensorboard/events.out.tfevents.1769904000.a-b.7.1"))
    #expect(file.write(sample(64, [.entropy: 3.25, .stepsTrained: 64]), now: 0) == nil)
    #expect(file.close(now: 1) == 0 && file.failures == 0)
    let records = try EventReader.records(of: file.path)
    #expect(records.count == 2)
    #expect(try EventReader.parts(records[0], 3) == [Array("brain.Event:2".utf8)])
    #expect(try EventReader.integer(records[1], 1) == 100.5.bitPattern)
    #expect(try EventReader.integer(records[1], 2) == 64)
    let values = try EventReader.parts(EventReader.parts(records[1], 5)[0], 1)
    let scalars = try values.map { value in
      (
        String(decoding: try EventReader.parts(value, 1)[0], as: UTF8.self),
        Float(bitPattern: UInt32(try EventReader.integer(value, 2) ?? 0))
      )
    }
    #expect(scalars.map(\.0) == ["run/steps_trained", "loss/entropy"] && scalars.map(\.1) == [64, 3.25])
  }

  @Test func aHistogramCountsEveryFiniteValue() throws {
    let values = [0.0, 1, 1, 2, 10, .nan, .infinity]
    let histogram = try #require(EventRecord.histogram(of: values))
    func numbers(_ field: Int) throws -> [Double] {
      let bytes = try EventReader.parts(histogram, field)[0]
      return stride(from: 0, to: bytes.count, by: 8).map {
        Double(bitPattern: EventReader.little(Array(bytes[$0..<$0 + 8])))
      }
    }
    #expect(try EventReader.integer(histogram, 3) == 5.0.bitPattern)
    #expect(try EventReader.integer(histogram, 4) == 14.0.bitPattern)
    #expect(try EventReader.integer(histogram, 5) == 106.0.bitPattern)
    let (limits, heights) = (try numbers(6), try numbers(7))
    #expect(limits.count == EventRecord.buckets && limits.last == 10 && heights.reduce(0, +) == 5)
    #expect(heights.first == 1 && heights.last == 1)
    #expect(EventRecord.histogram(of: [.nan]) == nil)
    #expect(EventRecord.histogram(of: [3, 3]) != nil)
  }

  @Test func aLaterSessionReplacesValuesFromItsFirstStepOn() throws {
    let file = try open(session: 2)
    _ = file.write(sample(10, [:]), now: 0)
    _ = file.write(sample(20, [:]), now: 1)
    let records = try EventReader.records(of: file.path)
    #expect(records.count == 4)
    #expect(try EventReader.integer(records[1], 2) == 10)
    // SessionLog.START.
    #expect(try EventReader.integer(EventReader.parts(records[1], 7)[0], 1) == 1)
  }

  @Test func labelsAndReturnsAreRecorded() throws {
    let file = try open()
    var sample = sample(1, [:])
    sample.episodeReturns = [1, 2]
    sample.record.facts = ["deepest_level": 2]
    sample.labels = [.init(caption: "You find | gold.", value: 1)]
    _ = file.write(sample, now: 0)
    let text = String(decoding: try EventReader.records(of: file.path)[1], as: UTF8.self)
    #expect(text.contains("fact/deepest_level"))
    #expect(text.contains("episode/returns") && text.contains("labels/newest/text_summary"))
    #expect(text.contains("| 1.0 | You find \\| gold. |"))
  }

  @Test func aFullDiskKeepsTheRecordsAndIsSaidOnce() throws {
    let files = FaultyFileSystem()
    let file = try open(files: files)
    files.follow(.from(1))
    #expect(file.write(sample(1, [.entropy: 1]), now: 0)?.hasPrefix("TensorBoard's events cannot be written") == true)
    #expect(file.write(sample(2, [.entropy: 2]), now: 0.1) == nil && file.failures == 1)
    files.follow(.never)
    #expect(file.write(sample(3, [.entropy: 3]), now: 60)?.contains("are written again") == true)
    #expect(try EventReader.records(of: file.path).count == 4 && file.close(now: 61) == 0)
  }
}
