import Evaluation
import Statistics

/// A horizontal bar with a confidence interval for each arm, and a dot for each run.
struct BarPlot {
  struct Bar {
    let name: String
    /// nil if no run is finished.
    let value: Double?
    let interval: ConfidenceInterval?
    let points: [Double]
  }

  let title: String
  let subtitle: String
  let xTitle: String
  /// Range that the axis shows in any case; nil for the range of the values and zero.
  let range: ClosedRange<Double>?
  let bars: [Bar]

  private static let (top, right, bottom) = (62.0, 90.0, 56.0)
  private static let plotWidth = 560.0
  private static let (rowHeight, barHeight) = (40.0, 24.0)
  private static let dotDistance = 5.0

  var svg: String {
    let left = 28 + (bars.map { PlotCanvas.width(of: $0.name, size: 13) }.max() ?? 0)
    let values = bars.flatMap { bar in
      [bar.value, bar.interval?.lower, bar.interval?.upper].compactMap { $0 } + bar.points
    }
    let scale = PlotScale(showing: (range.map { [$0.lowerBound, $0.upperBound] } ?? [0]) + values)
    let plotHeight = Double(bars.count) * Self.rowHeight
    var canvas = PlotCanvas(width: left + Self.plotWidth + Self.right, height: Self.top + plotHeight + Self.bottom)
    canvas.text(title, x: 16, y: 26, size: 16, isBold: true)
    canvas.text(subtitle, x: 16, y: 45, colour: PlotCanvas.faint)
    for tick in scale.ticks {
      let x = left + Self.plotWidth * scale.share(tick)
      canvas.line((x, Self.top), (x, Self.top + plotHeight), colour: PlotCanvas.rule)
      canvas.text(scale.label(tick), x: x, y: Self.top + plotHeight + 18, anchor: .middle)
    }
    for (index, bar) in bars.enumerated() {
      draw(
        bar, PlotStyle(index), y: Self.top + (Double(index) + 0.5) * Self.rowHeight, left: left, scale, on: &canvas)
    }
    let zero = left + Self.plotWidth * scale.share(min(max(0, scale.lower), scale.upper))
    canvas.line((zero, Self.top), (zero, Self.top + plotHeight), colour: PlotCanvas.ink)
    canvas.text(
      xTitle, x: left + Self.plotWidth / 2, y: Self.top + plotHeight + 42, size: 13, anchor: .middle)
    return canvas.svg
  }

  private func draw(
    _ bar: Bar, _ style: PlotStyle, y: Double, left: Double, _ scale: PlotScale, on canvas: inout PlotCanvas
  ) {
    func place(_ value: Double) -> Double { left + Self.plotWidth * scale.share(value) }
    canvas.text(bar.name, x: left - 10, y: y + 4.5, size: 13, anchor: .end)
    guard let value = bar.value else {
      canvas.text("no finished run", x: place(scale.lower) + 8, y: y + 4, colour: PlotCanvas.faint)
      return
    }
    let (from, to) = (place(min(max(0, scale.lower), scale.upper)), place(value))
    canvas.box(
      x: min(from, to), y: y - Self.barHeight / 2, width: abs(to - from), height: Self.barHeight, colour: style.colour,
      opacity: 0.35)
    canvas.line((to, y - Self.barHeight / 2), (to, y + Self.barHeight / 2), colour: style.colour, width: 2.5)
    if let interval = bar.interval {
      let (lower, upper) = (place(interval.lower), place(interval.upper))
      canvas.line((lower, y), (upper, y), colour: PlotCanvas.ink, width: 1.5)
      for x in [lower, upper] { canvas.line((x, y - 5), (x, y + 5), colour: PlotCanvas.ink, width: 1.5) }
    }
    // The dots are spread over the height of the bar, so that equal runs do not hide each other.
    let distance = min(Self.dotDistance, Self.barHeight / Double(max(1, bar.points.count)))
    for (index, point) in bar.points.enumerated() {
      let offset = (Double(index) - Double(bar.points.count - 1) / 2) * distance
      canvas.dot(x: place(point), y: y + offset, colour: style.colour)
    }
    let edge = ([value, bar.interval?.upper].compactMap { $0 } + bar.points).max() ?? value
    canvas.text(NumberText.short(value), x: place(edge) + 10, y: y + 4.5, size: 13)
  }
}
