import Glibc
import Trajectories

/// V-trace targets and policy-gradient advantages (Espeholt et al. 2018, section 4.1 and remark 2).
///
///     delta_t = rho_t (r_t + gamma V_next(t) - V_t)
///     vs_t    = V_t + delta_t + gamma c_t (vs_(t+1) - V_(t+1))
///     A_t     = rho_t (r_t + gamma vs_next(t) - V_t)
///
/// with rho_t = min(rhoClip, ratio_t) and c_t = lambda min(cClip, ratio_t). If step t terminated its episode, both next values
/// are 0. If step t was truncated, both are the value of the terminal observation, which the unroll carries. In both
/// cases c_t = 0, so that nothing flows back from the next episode. Otherwise V_next(t) = V_(t+1) and vs_next(t) =
/// vs_(t+1), and vs_T = V_T is the bootstrap value.
public struct VTrace: Sendable, Hashable {
  /// gamma, per step.
  public var discount: Float
  /// Bound on rho, the weight of a step's own temporal difference. It decides whose policy's value is the fixed point.
  public var rhoClip: Float
  /// Bound on c, the weight of later differences. It trades speed of convergence against variance.
  public var cClip: Float
  /// lambda, 0 ... 1: below 1, later differences count less, which lowers the variance and adds bias.
  public var lambda: Float

  public init(discount: Float, rhoClip: Float = 1, cClip: Float = 1, lambda: Float = 1) {
    self.discount = discount
    self.rhoClip = rhoClip
    self.cClip = cClip
    self.lambda = lambda
  }

  /// The arguments of `estimate`. Value pointers point to the first value of one head; values of the same head lie
  /// `valueStride` apart.
  public struct Inputs {
    /// T, the number of steps.
    public var steps: Int
    /// B, the number of environment columns.
    public var columns: Int
    /// V, the distance between two values of the same head.
    public var valueStride: Int
    /// [T, B] rewards.
    public var rewards: UnsafePointer<Float>
    /// [T, B] `StepFlags`.
    public var flags: UnsafePointer<UInt8>
    /// [T, B] pi(a|x) / mu(a|x).
    public var ratios: UnsafePointer<Float>
    /// [T+1, B], strided. The last row holds the bootstrap values.
    public var values: UnsafePointer<Float>
    /// [T, B], strided. Read only for steps that were truncated and not terminated.
    public var truncationValues: UnsafePointer<Float>

    public init(
      steps: Int, columns: Int, valueStride: Int, rewards: UnsafePointer<Float>, flags: UnsafePointer<UInt8>,
      ratios: UnsafePointer<Float>, values: UnsafePointer<Float>, truncationValues: UnsafePointer<Float>
    ) {
      self.steps = steps
      self.columns = columns
      self.valueStride = valueStride
      self.rewards = rewards
      self.flags = flags
      self.ratios = ratios
      self.values = values
      self.truncationValues = truncationValues
    }
  }

  /// Writes `targets` vs_t [T, B], strided like the values, and adds A_t to `advantages` [T, B]: calls for several
  /// heads add up their advantages.
  public func estimate(
    _ inputs: Inputs, targets: UnsafeMutablePointer<Float>, advantages: UnsafeMutablePointer<Float>
  ) {
    let (columns, stride) = (inputs.columns, inputs.valueStride)
    for step in (0..<inputs.steps).reversed() {
      for column in 0..<columns {
        let index = step * columns + column
        let value = inputs.values[index * stride]
        let ratio = inputs.ratios[index]
        let reward = inputs.rewards[index]
        let flags = StepFlags(rawValue: inputs.flags[index])

        // Bounds are comparisons and not min, because min would turn a NaN ratio into the bound.
        let nextValue: Float  // V_next
        let nextTarget: Float  // vs_next
        let trace: Float  // c_t (vs_(t+1) - V_(t+1))
        if flags.endsEpisode {
          nextValue = flags.contains(.terminated) ? 0 : inputs.truncationValues[index * stride]
          nextTarget = nextValue
          trace = 0
        } else {
          let next = (index + columns) * stride
          nextValue = inputs.values[next]
          nextTarget = step + 1 < inputs.steps ? targets[next] : nextValue
          trace = lambda * (ratio > cClip ? cClip : ratio) * (nextTarget - nextValue)
        }
        let rho = ratio > rhoClip ? rhoClip : ratio
        let difference = rho * (reward + discount * nextValue - value)
        targets[index * stride] = value + difference + discount * trace
        advantages[index] += rho * (reward + discount * nextTarget - value)
      }
    }
  }
}

/// The importance ratio pi(a|x) / mu(a|x) of the target policy to the behaviour policy.
public enum ImportanceRatio {
  /// Ratios are clamped to this range, as in ONI (Sample Factory): larger and smaller ones are noise and cause
  /// numerical trouble. V-trace and the policy loss both use the clamped ratio; a clamped ratio passes no gradient.
  public static let range: ClosedRange<Float> = 0.05...20

  /// The ratio clamped to `range`. NaN stays NaN.
  @inlinable public static func clamped(logRatio: Float) -> Float {
    let ratio = expf(logRatio)
    return ratio < range.lowerBound ? range.lowerBound : ratio > range.upperBound ? range.upperBound : ratio
  }
}
