import Glibc
import Trajectories

/// The loss of asynchronous PPO (Petrenko et al. 2020; Schulman et al. 2017) on V-trace advantages, as in ONI.
///
///     L = mean_t( -min(r_t A_t, clip(r_t) A_t)
///                 + valueCoefficient * sum_v max((V - vs)^2, (clip(V) - vs)^2)
///                 - entropyCoefficient * H_t )
///
/// r_t is the clamped `ImportanceRatio`, clip(r) keeps it in [1 / (1 + b), 1 + a], the `RatioClip` of its column, A_t is the
/// normalised advantage, and
/// clip(V) = old + clamp(V - old, ±valueClip), where old is the behaviour policy's value.
public struct PPOLoss: Sendable, Hashable {
  /// a and b of columns that have none of their own.
  public var ratioClip: Float
  /// Distance from the old value beyond which the clipped value error counts; 0 turns the clip off.
  public var valueClip: Float
  public var valueCoefficient: Float
  public var entropyCoefficient: Float

  public init(ratioClip: Float, valueClip: Float, valueCoefficient: Float, entropyCoefficient: Float) {
    self.ratioClip = ratioClip
    self.valueClip = valueClip
    self.valueCoefficient = valueCoefficient
    self.entropyCoefficient = entropyCoefficient
  }

  /// The arguments of `evaluate`. Pointers must stay valid during the call.
  public struct Inputs {
    /// T, the number of steps.
    public var steps: Int
    /// B, the number of environment columns.
    public var columns: Int
    /// The distribution of actions, with P parameters and A elements of an action.
    public var head: ActionHead
    /// V, the number of value heads.
    public var valueHeads: Int
    /// [T, B, P] parameters of the target policy (`ActionHead.normalise`).
    public var parameters: UnsafePointer<Float>
    /// [T, B, A] of four bytes each.
    public var actions: UnsafeRawPointer
    /// [T, B] log-probability of the action under the behaviour policy.
    public var behaviourLogProbabilities: UnsafePointer<Float>
    /// [T, B] advantages before normalisation.
    public var advantages: UnsafePointer<Float>
    /// Number that is subtracted from the advantages.
    public var advantageMean: Float
    /// Factor of the centred advantages.
    public var advantageScale: Float
    /// [T, B, V] values of the target policy; may have further rows.
    public var values: UnsafePointer<Float>
    /// [T, B, V] values of the behaviour policy; may have further rows, and may be `values`.
    public var oldValues: UnsafePointer<Float>
    /// [T, B, V] V-trace targets.
    public var targets: UnsafePointer<Float>
    /// [V] deviations in whose units errors count; nil counts them as they are.
    public var valueDeviations: UnsafePointer<Float>?
    /// [B] clip of each column; nil if all have the loss's.
    public var ratioClips: UnsafePointer<RatioClip>?
    /// [T, B] `StepFlags`, of which only `idle` counts: idle frames have no loss. nil if the batch has no idle frames.
    public var idleFlags: UnsafePointer<UInt8>?
    /// Number of frames in the mean: T * B, or the frames of all shards.
    public var meanOver: Int

    public init(
      steps: Int, columns: Int, head: ActionHead, valueHeads: Int, parameters: UnsafePointer<Float>,
      actions: UnsafeRawPointer, behaviourLogProbabilities: UnsafePointer<Float>,
      advantages: UnsafePointer<Float>, advantageMean: Float, advantageScale: Float, values: UnsafePointer<Float>,
      oldValues: UnsafePointer<Float>, targets: UnsafePointer<Float>, valueDeviations: UnsafePointer<Float>? = nil,
      ratioClips: UnsafePointer<RatioClip>? = nil,
      idleFlags: UnsafePointer<UInt8>? = nil, meanOver: Int
    ) {
      self.steps = steps
      self.columns = columns
      self.head = head
      self.valueHeads = valueHeads
      self.parameters = parameters
      self.actions = actions
      self.behaviourLogProbabilities = behaviourLogProbabilities
      self.advantages = advantages
      self.advantageMean = advantageMean
      self.advantageScale = advantageScale
      self.values = values
      self.oldValues = oldValues
      self.targets = targets
      self.valueDeviations = valueDeviations
      self.ratioClips = ratioClips
      self.idleFlags = idleFlags
      self.meanOver = meanOver
    }
  }

  /// Returns the sums of the loss's parts. Writes its gradients with respect to the outputs [T+1, B, P] and those of the
  /// value heads [T+1, B, V]; the last rows, which only bootstrap, are zero.
  public func evaluate(
    _ inputs: Inputs, outputGradients: UnsafeMutablePointer<Float>, valueGradients: UnsafeMutablePointer<Float>
  ) -> PPOLossSums {
    let frames = inputs.steps * inputs.columns
    var sums = PPOLossSums()
    sums.frames = frames
    for step in 0..<inputs.steps {
      for column in 0..<inputs.columns {
        let frame = step * inputs.columns + column
        if let flags = inputs.idleFlags, StepFlags(rawValue: flags[frame]).contains(.idle) {
          let size = inputs.head.parameterCount
          (outputGradients + frame * size).update(repeating: 0, count: size)
          (valueGradients + frame * inputs.valueHeads).update(repeating: 0, count: inputs.valueHeads)
          continue
        }
        addPolicy(
          inputs, frame, clip: inputs.ratioClips?[column] ?? RatioClip(ratioClip), to: &sums,
          gradient: outputGradients + frame * inputs.head.parameterCount)
        addValues(inputs, frame, to: &sums, gradient: valueGradients + frame * inputs.valueHeads)
      }
    }
    let size = inputs.head.parameterCount
    (outputGradients + frames * size).update(repeating: 0, count: inputs.columns * size)
    (valueGradients + frames * inputs.valueHeads).update(repeating: 0, count: inputs.columns * inputs.valueHeads)
    return sums
  }

  private func addPolicy(
    _ inputs: Inputs, _ frame: Int, clip: RatioClip, to sums: inout PPOLossSums,
    gradient: UnsafeMutablePointer<Float>
  ) {
    let parameters = inputs.parameters + frame * inputs.head.parameterCount
    let action = inputs.actions + frame * inputs.head.elementCount * ActionHead.elementBytes
    let advantage = (inputs.advantages[frame] - inputs.advantageMean) * inputs.advantageScale
    let logRatio = inputs.head.logProbability(parameters, of: action) - inputs.behaviourLogProbabilities[frame]
    let unclamped = expf(logRatio)
    let ratio = ImportanceRatio.clamped(logRatio: logRatio)
    let (low, high) = (1 / (1 + clip.below), 1 + clip.above)
    let clipped = ratio < low ? low : ratio > high ? high : ratio
    let entropy = inputs.head.entropy(parameters)

    sums.policy -= Double(min(ratio * advantage, clipped * advantage))
    sums.entropy += Double(entropy)
    sums.ratio += Double(ratio)
    sums.divergence += Double(unclamped) - 1 - Double(logRatio)
    if clipped != ratio { sums.clipped += 1 }

    // A NaN makes every comparison false: it must reach the gradient, where the update detects it.
    let isBlocked = ratio * advantage > clipped * advantage || unclamped < ratio || unclamped > ratio
    let scale = 1 / Float(inputs.meanOver)
    inputs.head.writeGradient(
      parameters, action: action, logProbabilityGradient: isBlocked ? 0 : -ratio * advantage * scale,
      entropyGradient: -entropyCoefficient * scale, into: gradient)
  }

  private func addValues(
    _ inputs: Inputs, _ frame: Int, to sums: inout PPOLossSums, gradient: UnsafeMutablePointer<Float>
  ) {
    let scale = valueCoefficient / Float(inputs.meanOver)
    let bound = valueClip > 0 ? valueClip : .infinity
    for head in 0..<inputs.valueHeads {
      let index = frame * inputs.valueHeads + head
      let (value, old, target) = (inputs.values[index], inputs.oldValues[index], inputs.targets[index])
      // In these units a value moves as the head's output does, so the gradient is that of the output.
      let unit = inputs.valueDeviations?[head] ?? 1
      let error = (value - target) / unit
      let move = (value - old) / unit
      let clippedError = (old + (move < 0 ? -bound : bound) * unit - target) / unit
      // Within the bound both errors are equal, and rounding must not choose between them.
      let clipDecides = abs(move) > bound && clippedError * clippedError > error * error
      // If the clipped error is the loss, the value lies beyond the bound and has no gradient.
      sums.value += Double(clipDecides ? clippedError * clippedError : error * error)
      gradient[head] = clipDecides ? 0 : 2 * error * scale
    }
  }
}

/// The range [1 / (1 + below), 1 + above] of the policy ratio beyond which a frame pushes the policy no further.
public struct RatioClip: Sendable, Hashable, BitwiseCopyable {
  public var below: Float
  public var above: Float

  /// A range that is symmetrical for the logarithm of the ratio.
  public init(_ clip: Float) { (below, above) = (clip, clip) }

  public init(below: Float, above: Float) { (self.below, self.above) = (below, above) }
}

/// Sums over the frames of a loss evaluation. They are Float64, so that the number of shards hardly changes them.
/// Divide by `frames` for means.
public struct PPOLossSums: Sendable, Hashable {
  /// Number of frames, T * B.
  public var frames = 0
  /// Sum of -min(ratio A, clip(ratio) A).
  public var policy = 0.0
  /// Sum of the squared value errors of all heads, before the coefficient.
  public var value = 0.0
  /// Sum of the policy's entropies, in nats.
  public var entropy = 0.0
  /// Sum of the clamped importance ratios.
  public var ratio = 0.0
  /// Sum of the estimates (r - 1) - log r of KL(behaviour, target), which are never negative (Schulman 2020).
  public var divergence = 0.0
  /// Number of frames whose ratio lay outside the policy clip.
  public var clipped = 0

  public init() {}

  public static func += (sum: inout PPOLossSums, other: PPOLossSums) {
    sum.frames += other.frames
    sum.policy += other.policy
    sum.value += other.value
    sum.entropy += other.entropy
    sum.ratio += other.ratio
    sum.divergence += other.divergence
    sum.clipped += other.clipped
  }
}
