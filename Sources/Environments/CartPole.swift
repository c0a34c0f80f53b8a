import Glibc
import Runtime
import Tensor
import Trajectories

/// Balances a pole on a cart: Gymnasium's CartPole-v1 with the same dynamics, limits, start states and rewards.
///
/// Every step pays 1, including the one that loses the pole. There are no captions. A step costs almost nothing, so this
/// task measures the cost of the rest of the system.
public final class CartPole: Environment {
  public static let defaultMaximumSteps = 500
  /// Each element of the state starts uniformly within ± this.
  private static let startRange = 0.05
  /// Byte offset of the only field, which is at the start of the row.
  private static let stateOffset = 0

  public let specification: EnvironmentSpecification = CartPole.specification
  /// The state of the current episode.
  public private(set) var state = CartPoleState(position: 0, velocity: 0, angle: 0, angularVelocity: 0)
  private let maximumSteps: Int
  private var stepCount = 0

  /// - Throws: `EnvironmentError` if the step limit is not positive.
  public init(options: EnvironmentOptions) throws(EnvironmentError) {
    maximumSteps = options.maximumEpisodeSteps ?? Self.defaultMaximumSteps
    if maximumSteps < 1 {
      throw EnvironmentError("CartPole: maximum_episode_steps = \(maximumSteps) is not positive")
    }
  }

  public func reset(seed: UInt64, into output: StepOutput) {
    var generator = RandomGenerator(seed: seed)
    func draw() -> Double { Self.startRange * (2 * Double(generator.uniform()) - 1) }
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

  /// Writes every field of the layout, and an empty caption.
  private func write(into output: StepOutput) {
    let observation = output.field(at: Self.stateOffset, as: Float.self, count: 4)
    observation[0] = Float(state.position)
    observation[1] = Float(state.velocity)
    observation[2] = Float(state.angle)
    observation[3] = Float(state.angularVelocity)
    output.caption.clear()
  }
}

extension CartPole {
  /// The observation has one field:
  /// - `state` float32 [4]: position, velocity, angle, angular velocity. The scales turn positions and angles into shares of
  ///   their limits and make velocities about as large.
  static let specification = EnvironmentSpecification(
    name: "CartPole",
    observation: ObservationLayout([
      ObservationField("state", .float32, [4], .numeric(scale: [0.4, 0.5, 5, 0.5]))
    ]),
    actionCount: 2)

  /// The task "CartPole".
  public static let entry = EnvironmentEntry(
    name: "CartPole",
    summary: "a pole balanced on a cart, as in Gymnasium's CartPole-v1; measures what everything else costs",
    specification: { _ in specification },
    make: { try CartPole(options: $0) })
}

/// A pole hinged on a cart that is pushed left or right (Barto, Sutton and Anderson 1983), without friction.
///
/// The constants, the explicit Euler step and the limits are those of Gymnasium's CartPole-v1. Units are metres, seconds and
/// radians from the vertical.
public struct CartPoleState: Sendable, Equatable {
  static let gravity = 9.8
  static let poleMass = 0.1
  static let totalMass = 1.1
  /// Half the pole's length.
  static let halfLength = 0.5
  static let force = 10.0
  static let secondsPerStep = 0.02
  /// The episode is lost if the cart is farther away than this.
  static let positionLimit = 2.4
  /// The episode is lost if the pole leans more than this (12 degrees).
  static let angleLimit = 12 * 2 * Double.pi / 360

  public private(set) var position: Double
  public private(set) var velocity: Double
  public private(set) var angle: Double
  public private(set) var angularVelocity: Double

  public init(position: Double, velocity: Double, angle: Double, angularVelocity: Double) {
    self.position = position
    self.velocity = velocity
    self.angle = angle
    self.angularVelocity = angularVelocity
  }

  /// Whether the cart or the pole is beyond its limit.
  public var isLost: Bool { !(abs(position) <= Self.positionLimit && abs(angle) <= Self.angleLimit) }

  /// Advances by one time step under `force`, in newtons.
  public mutating func step(force: Double) {
    let (sine, cosine) = (sin(angle), cos(angle))
    let poleMoment = Self.poleMass * Self.halfLength
    let push = (force + poleMoment * angularVelocity * angularVelocity * sine) / Self.totalMass
    let angularAcceleration =
      (Self.gravity * sine - cosine * push)
      / (Self.halfLength * (4.0 / 3.0 - Self.poleMass * cosine * cosine / Self.totalMass))
    let acceleration = push - poleMoment * angularAcceleration * cosine / Self.totalMass
    position += Self.secondsPerStep * velocity
    velocity += Self.secondsPerStep * acceleration
    angle += Self.secondsPerStep * angularVelocity
    angularVelocity += Self.secondsPerStep * angularAcceleration
  }
}

extension CartPole: ScreenShowing {
  private static let screenRows = 8
  private static let screenColumns = 61
  /// Metres from one edge of the screen to the other.
  private static let screenWidth = 5.0
  /// Number of characters that draw the pole.
  private static let poleCharacters = 6

  /// The cart on its track and the pole on it. The pole is drawn with twice its angle.
  public var screen: Screen? {
    var screen = Screen(rows: Self.screenRows, columns: Self.screenColumns)
    let middle = Double(Self.screenColumns - 1) / 2
    let cart = middle + state.position / Self.screenWidth * Double(Self.screenColumns)
    screen.write(String(repeating: "-", count: Self.screenColumns), row: Self.screenRows - 1, colour: 8)
    screen.write("[===]", row: Self.screenRows - 2, column: Int(cart.rounded()) - 2, colour: 14)
    for height in 1...Self.poleCharacters {
      let lean = 2 * tan(2 * state.angle) * Double(height)
      screen.write(
        abs(state.angle) < 0.03 ? "|" : state.angle > 0 ? "/" : "\\", row: Self.screenRows - 2 - height,
        column: Int((cart + lean).rounded()), colour: 11)
    }
    return screen
  }

  public func name(ofAction action: Int) -> String { action == 1 ? "push right" : "push left" }
}
