/// Euclidean distance of `gradient` from the central differences of `function` at `point`, relative to their norm.
func differenceFromNumerical(
  _ function: ([Double]) -> Double, at point: [Double], _ gradient: [Float], step: Double = 1e-5
) -> Double {
  var (distance, norm) = (0.0, 0.0)
  for index in point.indices {
    var (above, below) = (point, point)
    above[index] += step
    below[index] -= step
    let numerical = (function(above) - function(below)) / (2 * step)
    distance += (numerical - Double(gradient[index])) * (numerical - Double(gradient[index]))
    norm += numerical * numerical
  }
  return (distance / max(norm, 1e-30)).squareRoot()
}
