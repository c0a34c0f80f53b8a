import CZlib
import Environments
import Foundation
import Testing

@testable import Replays

@Suite struct WriterTests {
  private func moments() throws -> [ReplayMoment] {
    try EpisodeReplay(try recordedEpisode("CaptionGrid", seed: 5, maximumSteps: 6), in: .small).moments()
  }

  private func written(_ writer: some RecordingWriter) throws -> [UInt8] {
    var writer = writer
    for (index, moment) in try moments().enumerated() { writer.append(moment, at: Double(index) * 1.25) }
    return writer.bytes
  }

  @Test func asciinemaHasAHeaderAndAnEventForEachMoment() throws {
    let text = String(decoding: try written(AsciinemaWriter(title: "a \"title\"")), as: UTF8.self)
    let lines = try text.split(separator: "\n").map { try JSONSerialization.jsonObject(with: Data($0.utf8)) }
    let header = try #require(lines.first as? [String: Any])
    #expect(header["version"] as? Int == 2 && header["title"] as? String == "a \"title\"")
    #expect(header["width"] as? Int == 80 && header["height"] as? Int == 14)
    let events = lines.dropFirst().compactMap { $0 as? [Any] }
    #expect(try events.count == moments().count)
    #expect(events.map { $0[0] as? Double } == events.indices.map { Double($0) * 1.25 })
    #expect(events.allSatisfy { $0[1] as? String == "o" && ($0[2] as? String)?.contains("\u{1B}[H") == true })
  }

  @Test func ttyrecFramesFollowEachOther() throws {
    var bytes = try written(TtyrecWriter())[...]
    var times: [Double] = []
    func take() -> Int {
      defer { bytes = bytes.dropFirst(4) }
      return bytes.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    while !bytes.isEmpty {
      let (seconds, microseconds, length) = (take(), take(), take())
      times.append(Double(seconds) + Double(microseconds) / 1e6)
      #expect(String(decoding: bytes.prefix(length), as: UTF8.self).contains("step \(times.count - 1)/6"))
      bytes = bytes.dropFirst(length)
    }
    #expect(times == (0..<7).map { Double($0) * 1.25 })
  }

  private struct Chunk {
    var name: String
    var data: [UInt8]
  }

  /// Reads the file back; every sum is checked.
  private func chunks(_ file: [UInt8]) throws -> [Chunk] {
    try #require(Array(file.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    var rest = file.dropFirst(8)
    var chunks: [Chunk] = []
    while !rest.isEmpty {
      let length = number(Array(rest.prefix(4)))
      let body = Array(rest.dropFirst(4).prefix(4 + length))
      #expect(number(Array(rest.dropFirst(8 + length).prefix(4))) == Int(crc32(0, body, UInt32(body.count))))
      chunks.append(Chunk(name: String(decoding: body.prefix(4), as: UTF8.self), data: Array(body.dropFirst(4))))
      rest = rest.dropFirst(12 + length)
    }
    return chunks
  }

  private func number(_ bytes: [UInt8]) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }

  private func pixels(_ data: [UInt8], width: Int, height: Int) -> [UInt8] {
    var count = UInt((width + 1) * height)
    var rows = [UInt8](repeating: 0, count: Int(count))
    #expect(uncompress(&rows, &count, data, UInt(data.count)) == Z_OK && Int(count) == rows.count)
    return (0..<height).flatMap { row in rows[(row * (width + 1) + 1)..<((row + 1) * (width + 1))] }
  }

  @Test(arguments: [1, 3]) func aPictureIsThePixelsOfItsMoment(scale: Int) throws {
    var writer = PNGWriter(scale: scale)
    #expect(writer.bytes.isEmpty)
    let moment = try moments()[2]
    writer.append(moment, at: 0)
    let chunks = try chunks(writer.bytes)
    #expect(chunks.map(\.name) == ["IHDR", "PLTE", "IDAT", "IEND"])
    let expected = PixelScreen(moment.picture(), scale: scale)
    let (width, height) = (number(Array(chunks[0].data[0..<4])), number(Array(chunks[0].data[4..<8])))
    #expect(width == 80 * 6 * scale && height == 14 * 8 * scale)
    #expect(pixels(chunks[2].data, width: width, height: height) == expected.pixels)
    #expect(Set(expected.pixels).count > 3)  // black, and more than one colour
  }

  @Test func severalMomentsAreAnAnimation() throws {
    let chunks = try chunks(try written(PNGWriter(scale: 1)))
    #expect(chunks.filter { $0.name == "fcTL" }.count == 7 && chunks.filter { $0.name == "fdAT" }.count == 6)
    let numbers = chunks.filter { ["fcTL", "fdAT"].contains($0.name) }.map { number(Array($0.data.prefix(4))) }
    #expect(numbers == Array(0..<13))
    let controls = chunks.filter { $0.name == "fcTL" }.map { number(Array($0.data[20..<22])) }
    #expect(controls == [1250, 1250, 1250, 1250, 1250, 1250, 2000])
    let last = try #require(chunks.last { $0.name == "fdAT" })
    let expected = PixelScreen(try #require(try moments().last).picture(), scale: 1)
    #expect(pixels(Array(last.data.dropFirst(4)), width: expected.width, height: expected.height) == expected.pixels)
  }
}
