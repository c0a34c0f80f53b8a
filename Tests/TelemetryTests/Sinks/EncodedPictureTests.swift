import Foundation
import TestSupport
import Testing

@testable import Telemetry

struct EncodedPictureTests {
  /// The beginning of a PNG file of 3 by 2 pixels.
  private static let png: [UInt8] =
    [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10, 0, 0, 0, 13] + Array("IHDR".utf8) + [
      0, 0, 0, 3, 0, 0, 0, 2, 8, 3, 0, 0, 0,
    ]

  @Test func theSizeIsRead() throws {
    let picture = try #require(EncodedPicture(png: Self.png))
    #expect(picture.width == 3 && picture.height == 2 && picture.png == Self.png)
  }

  @Test func whatIsNoPictureIsRefused() {
    for count in 0..<24 { #expect(EncodedPicture(png: Array(Self.png.prefix(count))) == nil) }
    for place in [0, 12, 19] {
      var bytes = Self.png
      bytes[place] = 0
      #expect(EncodedPicture(png: bytes) == nil, "\(place)")
    }
    var huge = Self.png
    huge[16] = 0xFF
    #expect(EncodedPicture(png: huge) == nil)
  }

  /// Value 4 of a summary is an image: height, width, the kind of its colours, the file.
  @Test func aSampleWithAPictureHasAnImage() throws {
    let folder = try TemporaryDirectory()
    let file = try EventFile(folder: folder.path, session: 1, time: 5, host: "h")
    var sample = MetricsSample(MetricsRecord(time: 6, step: 7, values: [:]))
    sample.picture = EncodedPicture(png: Self.png)
    #expect(file.write(sample, now: 1) == nil && file.close(now: 2) == 0)
    let event = try #require(try EventReader.records(of: file.path).last)
    let summary = try #require(try EventReader.parts(event, 5).first)
    let value = try #require(try EventReader.parts(summary, 1).first)
    #expect(try EventReader.parts(value, 1).first == Array("evaluation/episode".utf8))
    let image = try #require(try EventReader.parts(value, 4).first)
    #expect(try EventReader.integer(image, 1) == 2 && EventReader.integer(image, 2) == 3)
    #expect(try EventReader.integer(image, 3) == 3 && EventReader.parts(image, 4).first == Self.png)
  }
}
