import Glibc
import NeuralNetwork
import Tensor
import Trajectories

/// A floor under the probabilities of the first factor's legal choices. With p the softmax of the masked logits, n the number of
/// legal choices and e the floor, the network's distribution of the factor is
///
///     p' = (1 - n e) p + e    of a legal choice, 0 of an illegal one
///
/// and its logits are log p'. So the floor is a part of the policy: actors, learner and evaluations have the same distribution.
/// e is a number of the parameters, as the moments of `ValueScale` are: it has no gradient, travels with every version, and
/// `TrainStep` lowers it. With e = 0 the logits stay as they are, bit for bit.
struct ChoiceFloor: Sendable {
  /// e, [1].
  let slice: ParameterSlice
  /// Choices of the first factor.
  private let count: Int
  /// e at the beginning of a run.
  let first: Float

  /// nil if `first` is 0.
  /// - Throws: `PolicyNetworkError` if the space is continuous, or if nothing is left when every choice has the floor.
  init?(_ first: Float, _ space: ActionSpace, in layout: inout ParameterLayout) throws {
    guard first != 0 else { return nil }
    guard let count = space.counts.first else {
      throw PolicyNetworkError("numbers have no probabilities, so actions of this task can have no floor of them")
    }
    guard first > 0, first * Float(count) < 1 else {
      throw PolicyNetworkError(
        "a floor of \(first) is too high for \(count) choices: take less than \(1 / Float(count))")
    }
    self.count = count
    self.first = first
    slice = layout.add("policy.floor", [1], initial: .constants([first]))
  }

  /// e of a version. It may come from another process, so anything that is no share counts as the nearest one.
  private func floor(_ weights: Weights) -> Float {
    let value = weights.parameters[slice.offset]
    return value > 0 ? min(value, 1) : 0
  }

  /// Replaces the masked logits of the first factor in rows [rows, stride].
  func apply(to logits: UnsafeMutablePointer<Float>, rows: Int, stride: Int, weights: Weights) {
    let floor = floor(weights)
    guard floor > 0 else { return }
    for row in 0..<rows {
      let x = logits + row * stride
      let legal = Self.legal(x, count)
      guard legal > 0 else { continue }
      let least = min(floor, 1 / Float(legal))
      let share = 1 - Float(legal) * least
      Rows.logSoftmax(x, into: x, count: count)
      for choice in 0..<count where x[choice] != -.infinity { x[choice] = logf(share * expf(x[choice]) + least) }
    }
  }

  /// Turns d loss / d log p' of the first factor, in rows [rows, stride], into d loss / d logit before the floor.
  ///
  ///     d loss / d x_u = a_u - p_u sum_v a_v,   a_v = (1 - n e) p_v / p'_v d loss / d log p'_v
  ///
  /// - Parameter logits: [rows, P], those of `apply`, whose first factor is log p'.
  func backward(
    _ gradients: UnsafeMutablePointer<Float>, rows: Int, stride: Int, logits: UnsafePointer<Float>, parameterCount: Int,
    weights: Weights
  ) {
    let floor = floor(weights)
    guard floor > 0 else { return }
    for row in 0..<rows {
      let (x, slope) = (logits + row * parameterCount, gradients + row * stride)
      let legal = Self.legal(x, count)
      guard legal > 0 else { continue }
      let least = min(floor, 1 / Float(legal))
      let share = 1 - Float(legal) * least
      guard share > 0 else {
        slope.update(repeating: 0, count: count)
        continue
      }
      var sum: Float = 0
      for choice in 0..<count where x[choice] != -.infinity {
        let floored = expf(x[choice])
        slope[choice] *= (floored - least) / floored
        sum += slope[choice]
      }
      for choice in 0..<count where x[choice] != -.infinity {
        slope[choice] -= (expf(x[choice]) - least) / share * sum
      }
    }
  }

  /// Legal choices of a row.
  @inline(__always)
  private static func legal(_ logits: UnsafePointer<Float>, _ count: Int) -> Int {
    var legal = 0
    for choice in 0..<count where logits[choice] != -.infinity { legal += 1 }
    return legal
  }

  /// Sets e of the next version.
  func set(_ value: Float, in parameters: FloatBuffer) { parameters.pointer[slice.offset] = value }
}
