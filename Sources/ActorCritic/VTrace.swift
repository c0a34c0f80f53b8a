import Trajectories

/// V-trace targets and policy-gradient advantages (Espeholt et al. 2018, section 4.1), with lambda = 1.
///
///     delta_t = rho_t (r_t + gamma V_next(t) - V_t)
///     vs_t    = V_t + delta_t + gamma c_t (vs_(t+1) - V_(t+1))
///     A_t     = rho_t (r_t + gamma vs_next(t) - V_t)
///
/// with rho_t = min(rhoClip, ratio_t) and c_t = min(cClip, ratio_t). Where step t terminated its episode both next values
/// are 0; where it was truncated both are the value of the terminal observation, which the unroll brings along; either way
/// c_t = 0, so that nothing of the next episode reaches back. Elsewhere V_next(t) = V_(t+1) and vs_next(t) = vs_(t+1),
/// and vs_T = V_T is the bootstrap value.
public struct VTrace: Sendable, Hashable {
  /// gamma.
  public var discount: Float
  /// Bound of rho, which weighs a step's own temporal difference: it decides which policy's value is the fixed point.
  public var rhoClip: Float
  /// Bound of c, which weighs what follows: it trades speed of convergence against variance.
  public var cClip: Float

  public init(discount: Float, rhoClip: Float = 1, cClip: Float = 1) {
    self.discount = discount
    self.rhoClip = rhoClip
    self.cClip = cClip
  }

  /// What the estimate reads. Value pointers lead to one value head; its neighbours lie between, `valueStride` apart.
  public struct Inputs {
    /// T.
    public var steps: Int
    /// B.
    public var columns: Int
    /// Distance of two values of the same head, V.
    public var valueStride: Int
    /// [T, B].
    public var rewards: UnsafePointer<Float>
    /// [T, B] `StepFlags`.
    public var flags: UnsafePointer<UInt8>
    /// [T, B] pi(a|x) / mu(a|x).
    public var ratios: UnsafePointer<Float>
    /// [T+1, B], strided. The last row is the bootstrap value.
    public var values: UnsafePointer<Float>
    /// [T, B], strided; read where a step was truncated and not terminated.
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

  /// Writes `targets` vs_t [T, B], strided like the values, and adds A_t to `advantages` [T, B], so that the advantages of
  /// several heads sum.
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

        // Bounds are written as comparisons, not min, because min would turn a ratio that is not a number into the bound.
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
          trace = (ratio > cClip ? cClip : ratio) * (nextTarget - nextValue)
        }
        let rho = ratio > rhoClip ? rhoClip : ratio
        let difference = rho * (reward + discount * nextValue - value)
        targets[index * stride] = value + difference + discount * trace
        advantages[index] += rho * (reward + discount * nextTarget - value)
      }
    }
  }
}
