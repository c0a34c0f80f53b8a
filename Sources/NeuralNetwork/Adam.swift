import Glibc
import Runtime
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
  private let parts = AdamParts()

  public init(parameterCount: Int, options: AdamOptions) {
    self.options = options
    firstMoment = FloatBuffer(count: parameterCount)
    secondMoment = FloatBuffer(count: parameterCount)
  }

  /// Updates `parameters` once.
  ///
  /// Gradients with a norm above `maximumGradientNorm` are scaled down to it (0 = never). If their norm is not finite,
  /// nothing changes, not even the step count: the caller sees it in the result.
  /// - Parameter team: threads that share the update; the result is the same bits. For small networks the square roots are
  ///   a tenth of the training step.
  /// - Returns: the global norm of the gradients before clipping.
  public func update(
    _ parameters: FloatBuffer, gradients: FloatBuffer, learningRate: Float, maximumGradientNorm: Float,
    team: ThreadTeam? = nil
  ) -> Float {
    let count = firstMoment.count
    precondition(parameters.count == count && gradients.count == count, "Adam was made for \(count) parameters")
    let norm = Float(Elementwise.sumOfSquares(gradients.pointer, count: count).squareRoot())
    guard norm.isFinite else { return norm }
    step += 1
    // Powers in Float64: in Float32, 1 - beta2^step loses all digits in the first steps.
    let firstCorrection = 1 - pow(Double(options.beta1), Double(step))
    let secondCorrection = 1 - pow(Double(options.beta2), Double(step))
    let isClipped = maximumGradientNorm > 0 && norm > maximumGradientNorm
    let pass = AdamPass(
      parameters: parameters.pointer, gradients: gradients.pointer, first: firstMoment.pointer,
      second: secondMoment.pointer, count: count, options: options, scale: isClipped ? maximumGradientNorm / norm : 1,
      rate: Float(Double(learningRate) / firstCorrection), inverseRoot: Float(1 / secondCorrection.squareRoot()))
    if let team, team.count > 1 {
      isFinite = parts.run(pass, on: team)
    } else {
      isFinite = pass.apply(to: 0..<count) == 0
    }
    return norm
  }
}

/// One pass of Adam over parameters, gradients and moments.
private struct AdamPass {
  let parameters: UnsafeMutablePointer<Float>
  let gradients: UnsafePointer<Float>
  let first: UnsafeMutablePointer<Float>
  let second: UnsafeMutablePointer<Float>
  let count: Int
  let options: AdamOptions
  /// Factor that clips the gradients.
  let scale: Float
  /// Learning rate over the correction of the first moment.
  let rate: Float
  /// One over the root of the correction of the second moment.
  let inverseRoot: Float

  /// Updates a range of the parameters.
  /// - Returns: 0, or NaN if a number is not finite: the check costs no pass over the memory.
  func apply(to range: Range<Int>) -> Float {
    // Becomes NaN with the first number that is not finite, and stays so.
    var zeros = Lanes.Vector.zero
    let start = range.lowerBound
    Lanes.forEach(range.count) { offset, left in
      let i = start + offset
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
    return Lanes.sum(zeros)
  }
}

/// A pass that the members of a team share: each updates a range of its own.
private final class AdamParts {
  private final class Job {
    var pass: AdamPass?
    var members = 1
    /// What each member's `apply` returned.
    var residues = FloatBuffer(count: 1)
  }

  private let job: Job
  /// Made once, because a closure for every update would allocate memory in every update.
  private let part: (Int) -> Void

  init() {
    let job = Job()
    self.job = job
    part = { member in
      guard let pass = job.pass else { return }
      let range = (pass.count * member / job.members)..<(pass.count * (member + 1) / job.members)
      job.residues.pointer[member] = pass.apply(to: range)
    }
  }

  /// - Returns: whether all numbers are finite.
  func run(_ pass: AdamPass, on team: ThreadTeam) -> Bool {
    if job.residues.count < team.count { job.residues = FloatBuffer(count: team.count) }
    job.pass = pass
    job.members = team.count
    team.run(part)
    job.pass = nil
    return (0..<team.count).allSatisfy { job.residues.pointer[$0] == 0 }
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
