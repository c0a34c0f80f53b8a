import Testing

@testable import Telemetry

@Suite struct CurveTests {
  @Test func aThinnedCurveStaysEvenAndEndsWithTheNewestPoint() {
    var curve = ThinnedCurve<Int>(capacity: 8)
    for point in 0..<1000 {
      curve.add(point)
      let points = curve.points
      #expect(points.count <= 8 && points.last == point && points == points.sorted())
      // The spread between two kept points is the same everywhere; the newest may be nearer.
      let gaps = Set(zip(points.dropFirst(), points).map { $0 - $1 }.dropLast())
      #expect(gaps.count <= 1, "\(points)")
    }
    #expect(curve.points.count >= 4)
  }

  @Test func barsHaveTheHeightsOfTheValues() {
    #expect(BlockChart.lines([0, 1, 2, 3, 4, 5, 6, 7], width: 8) == ["▁▂▃▄▅▆▇█"])
    #expect(BlockChart.lines([0, nil, 7], width: 4) == ["▁ █ "])
    #expect(BlockChart.lines([5, 5], width: 2) == ["▄▄"])
    #expect(BlockChart.lines([0, 15], width: 2, height: 2) == [" █", "▁█"])
    #expect(BlockChart.lines([0, 0, 7, 7], width: 2) == ["▁█"])
    #expect(BlockChart.lines([.nan, nil], width: 2) == ["  "])
    #expect(BlockChart.lines([], width: 0).isEmpty)
  }
}
