import NeuralNetwork
import Statistics
import Tensor

/// Moves the moments of a `ValueScale` towards those of each batch's targets, and the value heads' weights with them, so that
/// no value changes:
///
///     a = max(1 / (n + 1), 0.01)      moments' = moments of the mixture (1 - a) old + a batch
///     W' = W s / s'                    b' = (s b + m - m') / s'
///
/// with n the number of updates before, m the mean and s the deviation. Before the first update there are no values worth
/// keeping: the moments are the first batch's, and so are the values' mean and deviation.
/// Source: PopArt (van Hasselt et al. 2016), equations 7 to 9.
///
/// Used by one thread at a time; the initialiser allocates all memory.
final class ValueMoments {
  /// Minimum weight of a batch: returns grow while a policy learns.
  static let minimumRate = 0.01

  private let scale: ValueScale
  /// The last layer of the values, [H, V] and [V].
  private let weight, bias: ParameterSlice
  /// Moments before `begin`.
  private let earlier: FloatBuffer  // [2, V]

  /// Returns nil if the network does not scale its values.
  init?(_ network: PolicyNetwork) {
    guard let scale = network.valueScale else { return nil }
    self.scale = scale
    (weight, bias) = (network.value.weight, network.value.bias)
    earlier = FloatBuffer(count: 2 * scale.heads)
  }

  /// Takes the moments of the first batch's targets.
  func begin(_ parameters: FloatBuffer, _ targets: (_ head: Int) -> Moments) {
    for head in 0..<scale.heads {
      earlier.pointer[head] = parameters.pointer[scale.mean.offset + head]
      earlier.pointer[scale.heads + head] = parameters.pointer[scale.variance.offset + head]
      set(parameters, head, mean: targets(head).mean, variance: targets(head).variance)
    }
  }

  /// Undoes `begin`.
  func revert(_ parameters: FloatBuffer) {
    for head in 0..<scale.heads {
      parameters.pointer[scale.mean.offset + head] = earlier.pointer[head]
      parameters.pointer[scale.variance.offset + head] = earlier.pointer[scale.heads + head]
    }
  }

  /// Takes in the targets of an update. A head whose moments over the batch are not finite keeps its own.
  /// - Parameter policyVersion: n.
  func update(_ parameters: FloatBuffer, policyVersion: UInt64, _ targets: (_ head: Int) -> Moments) {
    let rate = max(1 / (Double(policyVersion) + 1), Self.minimumRate)
    for head in 0..<scale.heads {
      let (batch, values) = (targets(head), parameters.pointer)
      let (mean, variance) = (values[scale.mean.offset + head], values[scale.variance.offset + head])
      let distance = batch.mean - Double(mean)
      let newVariance = (1 - rate) * (Double(variance) + rate * distance * distance) + rate * batch.variance
      guard set(parameters, head, mean: Double(mean) + rate * distance, variance: newVariance) else { continue }
      let (newMean, old) = (values[scale.mean.offset + head], ValueScale.deviation(variance))
      let new = ValueScale.deviation(values[scale.variance.offset + head])
      for row in 0..<weight.count / scale.heads { values[weight.offset + row * scale.heads + head] *= old / new }
      values[bias.offset + head] = (old * values[bias.offset + head] + mean - newMean) / new
    }
  }

  /// - Returns: whether the numbers are finite; nothing is set if not.
  @discardableResult
  private func set(_ parameters: FloatBuffer, _ head: Int, mean: Double, variance: Double) -> Bool {
    let (mean, variance) = (Float(mean), Float(variance))
    guard mean.isFinite, variance.isFinite else { return false }
    parameters.pointer[scale.mean.offset + head] = mean
    parameters.pointer[scale.variance.offset + head] = variance
    return true
  }
}
