import Glibc
import Tensor

/// Adam (Kingma, Ba 2015, algorithm 1) with clipping by global norm. Used by one thread at a time.
///
/// Its state is the two moments and the step count; a checkpoint saves and restores all three.
public final class Adam {
  public let options: AdamOptions
  /// Running mean of the clipped gradients.
  public let firstMoment: FloatBuffer
  /// Running mean of their squares.
  public let secondMoment: FloatBuffer
  /// Updates made so far.
  public var step = 0

  public init(parameterCount: Int, options: AdamOptions) {
    self.options = options
    firstMoment = FloatBuffer(count: parameterCount)
    secondMoment = FloatBuffer(count: parameterCount)
  }

  /// Makes one update of `parameters`.
  ///
  /// Gradients longer than `maximumGradientNorm` are shortened to it (0 = never). If their norm is not finite nothing
  /// is changed, the step count included: the caller sees it in the result.
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
    // The powers in Float64: 1 - beta2^step loses all digits in Float32 at the first steps.
    let firstCorrection = 1 - pow(Double(options.beta1), Double(step))
    let secondCorrection = 1 - pow(Double(options.beta2), Double(step))
    let rate = Float(Double(learningRate) / firstCorrection)
    let inverseRoot = Float(1 / secondCorrection.squareRoot())
    let first = firstMoment.pointer
    let second = secondMoment.pointer
    let count = firstMoment.count
    Lanes.forEach(count) { i, left in
      let g = Lanes.load(gradients + i, remaining: left) * scale
      let m = Lanes.fused(
        Lanes.Vector(repeating: 1 - options.beta1), g, options.beta1 * Lanes.load(first + i, remaining: left))
      let v = Lanes.fused(
        (1 - options.beta2) * g, g, options.beta2 * Lanes.load(second + i, remaining: left))
      let root = v.squareRoot() * inverseRoot + options.epsilon
      Lanes.store(m, to: first + i, remaining: left)
      Lanes.store(v, to: second + i, remaining: left)
      Lanes.store(Lanes.load(parameters + i, remaining: left) - rate * m / root, to: parameters + i, remaining: left)
    }
  }
}
