import NeuralNetwork
import Tensor

/// The scale on which a network learns values: each value head computes x, and the value is
///
///     v = mean + deviation * x
///
/// with the running moments of the head's V-trace targets, so that x is near 0 and about 1 in size whatever an environment
/// pays. Moments are part of the parameters, as `Standardisation` has them, and have no gradient; `ValueMoments` updates
/// them. Source: PopArt (van Hasselt et al. 2016).
struct ValueScale: Sendable {
  /// Smaller deviations count as this one, so that the noise of nearly constant returns is not amplified.
  static let minimumDeviation: Float = 1e-2

  /// [V]
  let mean: ParameterSlice
  /// [V]
  let variance: ParameterSlice
  /// Offset of the deviations [V] in `Weights.prepared`.
  private let deviation: Int

  var heads: Int { mean.count }

  init(heads: Int, in layout: inout ParameterLayout) {
    mean = layout.add("value.mean", [heads])
    variance = layout.add("value.variance", [heads], initial: .constants([1]))
    deviation = layout.reserve(heads)
  }

  /// The deviation of a variance.
  static func deviation(_ variance: Float) -> Float { max(variance.squareRoot(), minimumDeviation) }

  func prepare(_ parameters: UnsafePointer<Float>, into prepared: UnsafeMutablePointer<Float>) {
    for head in 0..<heads { prepared[deviation + head] = Self.deviation(parameters[variance.offset + head]) }
  }

  /// [V]
  func deviations(_ weights: Weights) -> UnsafePointer<Float> { weights.prepared + deviation }

  /// Turns x [count, V] into values, in place.
  func apply(to values: UnsafeMutablePointer<Float>, count: Int, _ weights: Weights) {
    let (means, deviations) = (weights.parameters + mean.offset, deviations(weights))
    for row in 0..<count {
      for head in 0..<heads {
        values[row * heads + head] = means[head] + deviations[head] * values[row * heads + head]
      }
    }
  }
}
