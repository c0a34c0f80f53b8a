import Glibc

/// The loss of asynchronous PPO (Petrenko et al. 2020; Schulman et al. 2017) on V-trace advantages, as ONI trains with.
///
///     L = mean_t( -min(r_t A_t, clip(r_t) A_t)
///                 + valueCoefficient * sum_v max((V - vs)^2, (clip(V) - vs)^2)
///                 - entropyCoefficient * H_t )
///
/// r_t is the importance ratio of `ImportanceRatio`, clip(r) keeps it in [1 / (1 + c), 1 + c], A_t is normalised, and
/// clip(V) = old + clamp(V - old, ±valueClip), where old is the behaviour policy's value.
public struct PPOLoss: Sendable, Hashable {
  /// c of the policy ratio.
  public var ratioClip: Float
  /// 0 turns the clip off.
  public var valueClip: Float
  public var valueCoefficient: Float
  public var entropyCoefficient: Float

  public init(ratioClip: Float, valueClip: Float, valueCoefficient: Float, entropyCoefficient: Float) {
    self.ratioClip = ratioClip
    self.valueClip = valueClip
    self.valueCoefficient = valueCoefficient
    self.entropyCoefficient = entropyCoefficient
  }

  /// What the loss reads.
  public struct Inputs {
    /// T.
    public var steps: Int
    /// B.
    public var columns: Int
    /// A.
    public var actionCount: Int
    /// V.
    public var valueHeads: Int
    /// [T, B, A] log-softmax of the logits.
    public var logProbabilities: UnsafePointer<Float>
    /// [T, B].
    public var actions: UnsafePointer<Int32>
    /// [T, B] under the behaviour policy.
    public var behaviourLogProbabilities: UnsafePointer<Float>
    /// [T, B] before normalisation.
    public var advantages: UnsafePointer<Float>
    /// Subtracted from the advantages.
    public var advantageMean: Float
    /// Multiplies the centred advantages.
    public var advantageScale: Float
    /// [T, B, V] or longer.
    public var values: UnsafePointer<Float>
    /// [T, B, V] or longer; may be `values`.
    public var oldValues: UnsafePointer<Float>
    /// [T, B, V] V-trace targets.
    public var targets: UnsafePointer<Float>
    /// Frames the mean is taken over: T * B, or the frames of all shards.
    public var meanOver: Int

    public init(
      steps: Int, columns: Int, actionCount: Int, valueHeads: Int, logProbabilities: UnsafePointer<Float>,
      actions: UnsafePointer<Int32>, behaviourLogProbabilities: UnsafePointer<Float>,
      advantages: UnsafePointer<Float>, advantageMean: Float, advantageScale: Float, values: UnsafePointer<Float>,
      oldValues: UnsafePointer<Float>, targets: UnsafePointer<Float>, meanOver: Int
    ) {
      self.steps = steps
      self.columns = columns
      self.actionCount = actionCount
      self.valueHeads = valueHeads
      self.logProbabilities = logProbabilities
      self.actions = actions
      self.behaviourLogProbabilities = behaviourLogProbabilities
      self.advantages = advantages
      self.advantageMean = advantageMean
      self.advantageScale = advantageScale
      self.values = values
      self.oldValues = oldValues
      self.targets = targets
      self.meanOver = meanOver
    }
  }

  /// Returns the sums of the loss's parts and writes its gradients with respect to the logits [T+1, B, A] and the values
  /// [T+1, B, V]. Their last rows, which only bootstrap, are zero.
  public func evaluate(
    _ inputs: Inputs, logitGradients: UnsafeMutablePointer<Float>, valueGradients: UnsafeMutablePointer<Float>
  ) -> PPOLossSums {
    let frames = inputs.steps * inputs.columns
    var sums = PPOLossSums()
    sums.frames = frames
    for frame in 0..<frames {
      addPolicy(inputs, frame, to: &sums, gradient: logitGradients + frame * inputs.actionCount)
      addValues(inputs, frame, to: &sums, gradient: valueGradients + frame * inputs.valueHeads)
    }
    (logitGradients + frames * inputs.actionCount).update(repeating: 0, count: inputs.columns * inputs.actionCount)
    (valueGradients + frames * inputs.valueHeads).update(repeating: 0, count: inputs.columns * inputs.valueHeads)
    return sums
  }

  private func addPolicy(
    _ inputs: Inputs, _ frame: Int, to sums: inout PPOLossSums, gradient: UnsafeMutablePointer<Float>
  ) {
    let logProbabilities = inputs.logProbabilities + frame * inputs.actionCount
    let action = Int(inputs.actions[frame])
    let advantage = (inputs.advantages[frame] - inputs.advantageMean) * inputs.advantageScale
    let logRatio = logProbabilities[action] - inputs.behaviourLogProbabilities[frame]
    let unclamped = expf(logRatio)
    let ratio = ImportanceRatio.clamped(logRatio: logRatio)
    let (low, high) = (1 / (1 + ratioClip), 1 + ratioClip)
    let clipped = ratio < low ? low : ratio > high ? high : ratio
    let entropy = Categorical.entropy(logProbabilities: logProbabilities, actionCount: inputs.actionCount)

    sums.policy -= Double(min(ratio * advantage, clipped * advantage))
    sums.entropy += Double(entropy)
    sums.ratio += Double(ratio)
    sums.divergence += Double(unclamped) - 1 - Double(logRatio)
    if clipped != ratio { sums.clipped += 1 }

    // Asked so that anything that is not a number answers no: it must reach the gradient, where the update finds it.
    let isBlocked = ratio * advantage > clipped * advantage || unclamped < ratio || unclamped > ratio
    let scale = 1 / Float(inputs.meanOver)
    Categorical.writeGradient(
      logProbabilities: logProbabilities, actionCount: inputs.actionCount, action: action,
      logProbabilityGradient: isBlocked ? 0 : -ratio * advantage * scale,
      entropyGradient: -entropyCoefficient * scale, entropy: entropy, into: gradient)
  }

  private func addValues(
    _ inputs: Inputs, _ frame: Int, to sums: inout PPOLossSums, gradient: UnsafeMutablePointer<Float>
  ) {
    let scale = valueCoefficient / Float(inputs.meanOver)
    let bound = valueClip > 0 ? valueClip : .infinity
    for head in 0..<inputs.valueHeads {
      let index = frame * inputs.valueHeads + head
      let (value, old, target) = (inputs.values[index], inputs.oldValues[index], inputs.targets[index])
      let error = value - target
      let move = value - old
      let clippedError = old + (move < 0 ? -bound : bound) - target
      // Within the bound both errors are the same, and rounding must not choose between them.
      let clipDecides = abs(move) > bound && clippedError * clippedError > error * error
      // Where the clip decides the loss, the value lies beyond the bound, and moving it changes nothing.
      sums.value += Double(clipDecides ? clippedError * clippedError : error * error)
      gradient[head] = clipDecides ? 0 : 2 * error * scale
    }
  }
}
