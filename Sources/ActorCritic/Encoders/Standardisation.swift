import NeuralNetwork
import Tensor

/// Numbers minus their mean, divided by their deviation.
///
/// Means and variances lie among the network's parameters, so that snapshots carry them to workers and checkpoints save
/// them. They have no gradient; `ObservationMoments` moves them.
struct Standardisation: Sendable {
  /// Elements that vary less are not blown up.
  private static let minimumDeviation: Float = 1e-4

  /// [count]
  let mean: ParameterSlice
  /// [count]
  let variance: ParameterSlice
  /// Where 1 / deviation [count] lies in `Weights.prepared`.
  private let inverseDeviation: Int

  var count: Int { mean.count }

  init(_ name: String, count: Int, in layout: inout ParameterLayout) {
    mean = layout.add("\(name).mean", [count])
    variance = layout.add("\(name).variance", [count])
    inverseDeviation = layout.reserve(count)
  }

  /// Mean 0 and variance 1: numbers stay as they are.
  func initialise(_ parameters: UnsafeMutablePointer<Float>) {
    (parameters + mean.offset).update(repeating: 0, count: count)
    (parameters + variance.offset).update(repeating: 1, count: count)
  }

  func prepare(_ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>) {
    let (variances, inverses) = (parameters + variance.offset, prepared + inverseDeviation)
    for i in 0..<count { inverses[i] = 1 / max(variances[i].squareRoot(), Self.minimumDeviation) }
  }

  /// Standardises `numbers` [count] in place.
  func apply(to numbers: UnsafeMutablePointer<Float>, _ weights: Weights) {
    let (means, inverses) = (weights.parameters + mean.offset, weights.prepared + inverseDeviation)
    for i in 0..<count { numbers[i] = (numbers[i] - means[i]) * inverses[i] }
  }
}
