import Runtime
import Tensor

/// Balances a pole on a cart: Gymnasium's CartPole-v1, with the same dynamics, limits, range of starts and rewards.
///
/// Every step pays 1, the one that loses the pole included. It has no captions. Its steps cost next to nothing, so it
/// shows what the rest of the system costs.
public final class CartPole: Environment {
  public let specification = CartPoleTask.specification
  /// The episode being played.
  public private(set) var state = CartPoleState(position: 0, velocity: 0, angle: 0, angularVelocity: 0)
  private let maximumSteps: Int
  private var stepCount = 0

  /// - Throws: `EnvironmentError` naming the option that is out of range.
  public init(options: EnvironmentOptions) throws {
    maximumSteps = options.maximumEpisodeSteps ?? CartPoleTask.defaultMaximumSteps
    if maximumSteps < 1 {
      throw EnvironmentError("CartPole: maximum_episode_steps = \(maximumSteps) is not positive")
    }
  }

  public func reset(seed: UInt64, into output: StepOutput) {
    var generator = RandomGenerator(seed: seed)
    func draw() -> Double { CartPoleTask.startRange * (2 * Double(generator.uniform()) - 1) }
    state = CartPoleState(position: draw(), velocity: draw(), angle: draw(), angularVelocity: draw())
    stepCount = 0
    write(into: output)
  }

  public func step(_ action: Int, into output: StepOutput) throws -> Transition {
    guard action == 0 || action == 1 else {
      throw EnvironmentError("CartPole: action \(action) is neither 0 (push left) nor 1 (push right)")
    }
    state.step(force: action == 1 ? CartPoleState.force : -CartPoleState.force)
    stepCount += 1
    write(into: output)
    let (isLost, isLast) = (state.isLost, stepCount >= maximumSteps)
    return Transition(reward: 1, terminated: isLost, truncated: isLast && !isLost, succeeded: isLast && !isLost)
  }

  /// Writes every field of the layout, and that there is no caption.
  private func write(into output: StepOutput) {
    let observation = output.field(at: CartPoleTask.stateOffset, as: Float.self, count: 4)
    observation[0] = Float(state.position)
    observation[1] = Float(state.velocity)
    observation[2] = Float(state.angle)
    observation[3] = Float(state.angularVelocity)
    output.caption.clear()
  }
}
