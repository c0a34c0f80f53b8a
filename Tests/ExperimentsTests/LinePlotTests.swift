import Testing

@testable import Experiments

@Suite struct LinePlotTests {
  /// The longest name is that of an arm without a run, which the legend says behind it.
  @Test func theLegendFits() throws {
    let names = ["short", "a name that is a good deal longer than the other one"]
    let plot = LinePlot(
      title: "title", subtitle: "subtitle", xTitle: "steps", yTitle: "return", yRange: nil,
      series: [
        LinePlot.Series(name: names[0], points: [LinePlot.Point(x: 0, y: 0), LinePlot.Point(x: 1, y: 2)]),
        LinePlot.Series(name: names[1], points: []),
      ])
    let width = try #require(plot.svg.firstMatch(of: /<svg [^>]*?width="([0-9.]+)"/)?.1).description
    for label in [names[0], "\(names[1]) (no run)"] {
      let pattern = try Regex<(Substring, Substring)>(
        "<text x=\"([0-9.]+)\"[^>]*>" + label.replacing("(", with: "\\(").replacing(")", with: "\\)"))
      let x = try #require(plot.svg.firstMatch(of: pattern)?.1).description
      #expect(try #require(Double(x)) + PlotCanvas.width(of: label) <= #require(Double(width)))
    }
  }
}
