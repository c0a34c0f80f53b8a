import Foundation
import Runtime
import TestSupport
import Testing

@testable import Experiments

struct PlotPictureTests {
  private let folder: TemporaryDirectory

  init() throws { folder = try TemporaryDirectory() }

  private var picture: String { folder.path + "/plot.png" }

  /// The programs' arguments end with the picture, or the plot, as each takes them.
  @Test func everyDrawerIsToldWhatToReadAndWrite() {
    for drawer in PlotPicture.drawers {
      let arguments = drawer.arguments("IN.svg", "OUT.png")
      #expect(arguments.filter { $0 == "IN.svg" }.count == 1 && arguments.filter { $0 == "OUT.png" }.count == 1)
    }
    #expect(PlotPicture.drawers.map(\.program) == ["rsvg-convert", "ffmpeg"])
  }

  @Test func withoutAProgramTheNextStepIsNamed() throws {
    let error = #expect(throws: FileError.self) {
      try PlotPicture.write("<svg/>", to: picture, path: folder.path + ":/nowhere")
    }
    #expect(error?.description.contains("librsvg2-bin") == true)
    #expect(!PosixFileSystem().exists(picture))
  }

  /// The real programs, where they are installed.
  @Test func aPlotBecomesAPicture() throws {
    let plot = LinePlot(
      title: "t", subtitle: "s", xTitle: "x", yTitle: "y", yRange: nil,
      series: [LinePlot.Series(name: "a", points: [LinePlot.Point(x: 0, y: 1), LinePlot.Point(x: 5, y: 2)])])
    do {
      try PlotPicture.write(plot.svg, to: picture)
    } catch let error as FileError where error.reason.contains("no program that draws SVG") {
      return
    }
    let bytes = try PosixFileSystem().read(picture, maximumBytes: 1 << 24)
    #expect(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) && bytes.count > 2000)
  }
}
