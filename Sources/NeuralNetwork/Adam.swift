import Glibc
import Tensor

/// Adam (Kingma and Ba 2015, algorithm 1) with clipping by global norm. One thread at a time uses it.
///
/// Its state is the two moments and the step count; a checkpoint saves and restores all three.
public final class Adam {
  public let options: AdamOptions
  /// Running mean of the clipped gradients.
  public let firstMoment: FloatBuffer
  /// Running mean of their squares.
  public let secondMoment: FloatBuffer
  /// Number of updates so far.
  public var step = 0
  /// Whether parameters and moments were finite after the latest update. A finite gradient does not ensure it: without
  /// clipping, the square of a component above 1.8e19 is infinite.
  public private(set) var isFinite = true

  public init(parameterCount: Int, options: AdamOptions) {
    self.options = options
    firstMoment = FloatBuffer(count: parameterCount)
    secondMoment = FloatBuffer(count: parameterCount)
  }

  /// Updates `parameters` once.
  ///
  /// Gradients with a norm above `maximumGradientNorm` are scaled down to it (0 = never). If their norm is not finite,
  /// nothing changes, not even the step count: the caller sees it in the result.
  /// - Returns: the global norm of the gradients before clipping.
  public func update(
    _ parameters: FloatBuffer, gradients: FloatBuffer, learningRate: Float, maximumGradientNorm: Float
  ) -> Float {
    let count = firstMoment.count
    precondition(parameters.count == count && gradients.count == count, "Adam was made for \(count) parameters")
    let norm = Float(Elementwise.sumOfSquares(gradients.pointer, count: count).squareRoot())
    guard norm.isFinite else { return norm }
    step += 1
    let isClipped = maximumGradientNorm > 0 && norm > maximumGradientNorm
    apply(
      to: parameters.pointer, gradients: gradients.pointer, scale: isClipped ? maximumGradientNorm / norm : 1,
      learningRate: learningRate)
    return norm
  }

  /// One pass over parameters, gradients and moments.
  private func apply(
    to parameters: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>, scale: Float, learningRate: Float
  ) {
    // Powers in Float64: in Float32, 1 - beta2^step loses all digits in the first steps.
    let firstCorrection = 1 - pow(Double(options.beta1), Double(step))
    let secondCorrection = 1 - pow(Double(options.beta2), Double(step))
    let rate = Float(Double(learningRate) / firstCorrection)
    let inverseRoot = Float(1 / secondCorrection.squareRoot())
    let first = firstMoment.pointer
    let second = secondMoment.pointer
    let count = firstMoment.count
    // Becomes NaN with the first number that is not finite, and stays so: the check costs no pass over the memory.
    var zeros = Lanes.Vector.zero
    Lanes.forEach(count) { i, left in
      let g = Lanes.load(gradients + i, remaining: left) * scale
      let m = Lanes.fused(
        Lanes.Vector(repeating: 1 - options.beta1), g, options.beta1 * Lanes.load(first + i, remaining: left))
      let v = Lanes.fused(
        (1 - options.beta2) * g, g, options.beta2 * Lanes.load(second + i, remaining: left))
      let root = v.squareRoot() * inverseRoot + options.epsilon
      let p = Lanes.load(parameters + i, remaining: left) - rate * m / root
      zeros = Lanes.fused(p, Lanes.Vector.zero, Lanes.fused(v, Lanes.Vector.zero, Lanes.fused(m, .zero, zeros)))
      Lanes.store(m, to: first + i, remaining: left)
      Lanes.store(v, to: second + i, remaining: left)
      Lanes.store(p, to: parameters + i, remaining: left)
    }
    isFinite = Lanes.sum(zeros) == 0
  }
}

/// The constants of `Adam`.
public struct AdamOptions: Sendable, Hashable {
  /// Decay of the first moment.
  public var beta1: Float
  /// Decay of the second moment.
  public var beta2: Float
  /// Added to the root of the second moment.
  public var epsilon: Float

  public init(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-6) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
  }
}
