import Evaluation
import Statistics

/// Lines over a common horizontal axis, each with a confidence band, and a legend at the right.
struct LinePlot {
  struct Point {
    let x: Double
    let y: Double
    var band: ConfidenceInterval?
  }

  struct Series {
    let name: String
    let points: [Point]

    /// Text of the legend.
    var label: String { points.isEmpty ? "\(name) (no run)" : name }
  }

  let title: String
  let subtitle: String
  let xTitle: String
  let yTitle: String
  /// Range that the axis shows in any case; nil for the range of the values and zero.
  let yRange: ClosedRange<Double>?
  let series: [Series]

  private static let (left, top, right, bottom) = (74.0, 62.0, 24.0, 56.0)
  private static let (plotWidth, plotHeight) = (600.0, 340.0)
  private static let legendLine = 20.0

  var svg: String {
    let points = series.flatMap(\.points)
    let x = PlotScale(showing: [0] + points.map(\.x), endsWithValues: true)
    let heights = points.flatMap { [$0.y, $0.band?.lower ?? $0.y, $0.band?.upper ?? $0.y] }
    let y = PlotScale(showing: (yRange.map { [$0.lowerBound, $0.upperBound] } ?? [0]) + heights)
    let legendWidth = 44 + (series.map { PlotCanvas.width(of: $0.label) }.max() ?? 0)
    var canvas = PlotCanvas(
      width: Self.left + Self.plotWidth + Self.right + legendWidth,
      height: Self.top + max(Self.plotHeight, Double(series.count) * Self.legendLine) + Self.bottom)
    let place = Place(x: x, y: y)
    canvas.text(title, x: 16, y: 26, size: 16, isBold: true)
    canvas.text(subtitle, x: 16, y: 45, colour: PlotCanvas.faint)
    drawAxes(place, on: &canvas)
    for (index, line) in series.enumerated() { drawBand(line, PlotStyle(index), place, on: &canvas) }
    for (index, line) in series.enumerated() { drawLine(line, PlotStyle(index), place, on: &canvas) }
    drawLegend(on: &canvas)
    return canvas.svg
  }

  /// From values to places in the picture.
  private struct Place {
    let x: PlotScale
    let y: PlotScale

    func callAsFunction(_ xValue: Double, _ yValue: Double) -> (x: Double, y: Double) {
      (LinePlot.left + LinePlot.plotWidth * x.share(xValue), LinePlot.top + LinePlot.plotHeight * (1 - y.share(yValue)))
    }
  }

  private func drawAxes(_ place: Place, on canvas: inout PlotCanvas) {
    let (left, bottom) = (Self.left, Self.top + Self.plotHeight)
    for tick in place.y.ticks {
      let (_, y) = place(place.x.lower, tick)
      canvas.line((left, y), (left + Self.plotWidth, y), colour: PlotCanvas.rule)
      canvas.text(place.y.label(tick), x: left - 8, y: y + 4, anchor: .end)
    }
    for tick in place.x.ticks {
      let (x, _) = place(tick, place.y.lower)
      canvas.line((x, bottom), (x, bottom + 5), colour: PlotCanvas.ink)
      canvas.text(place.x.label(tick), x: x, y: bottom + 20, anchor: .middle)
    }
    canvas.line((left, bottom), (left + Self.plotWidth, bottom), colour: PlotCanvas.ink)
    canvas.text(xTitle, x: left + Self.plotWidth / 2, y: bottom + 42, size: 13, anchor: .middle)
    canvas.text(yTitle, x: 20, y: Self.top + Self.plotHeight / 2, size: 13, anchor: .middle, isVertical: true)
  }

  private func drawBand(_ series: Series, _ style: PlotStyle, _ place: Place, on canvas: inout PlotCanvas) {
    let banded = series.points.compactMap { point in point.band.map { (point.x, $0) } }
    guard banded.count > 1 else { return }
    let upper = banded.map { place($0, $1.upper) }
    let lower = banded.reversed().map { place($0, $1.lower) }
    canvas.area(upper + lower, colour: style.colour)
  }

  private func drawLine(_ series: Series, _ style: PlotStyle, _ place: Place, on canvas: inout PlotCanvas) {
    guard !series.points.isEmpty else { return }
    canvas.path(series.points.map { place($0.x, $0.y) }, colour: style.colour, dash: style.dash)
  }

  private func drawLegend(on canvas: inout PlotCanvas) {
    let x = Self.left + Self.plotWidth + Self.right
    for (index, line) in series.enumerated() {
      let style = PlotStyle(index)
      let y = Self.top + 8 + Double(index) * Self.legendLine
      canvas.path([(x, y), (x + 26, y)], colour: style.colour, dash: style.dash)
      canvas.text(
        line.label, x: x + 33, y: y + 4, colour: line.points.isEmpty ? PlotCanvas.faint : PlotCanvas.ink)
    }
  }
}
