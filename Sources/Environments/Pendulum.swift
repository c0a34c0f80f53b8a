import Glibc
import Runtime
import Tensor
import Trajectories

/// Swings a pendulum up and keeps it there: Gymnasium's Pendulum-v1 with the same dynamics, limits, start states and rewards.
/// The smallest world with a continuous action.
///
/// Units are metres, seconds, kilograms and radians from the upright position. There are no captions, and an episode ends at
/// its limit only.
public final class Pendulum: Environment {
  public static let defaultMaximumSteps = 200
  static let torqueLimit: Float = 2
  private static let speedLimit = 8.0
  private static let gravity = 10.0
  private static let mass = 1.0
  private static let length = 1.0
  private static let secondsPerStep = 0.05
  /// Byte offset of the only field, which is at the start of the row.
  private static let stateOffset = 0

  public let specification: EnvironmentSpecification = Pendulum.specification
  /// The angle, and how fast it changes.
  public private(set) var angle = 0.0
  public private(set) var speed = 0.0
  private let maximumSteps: Int
  private var stepCount = 0

  /// - Throws: `EnvironmentError` if the step limit is not positive.
  public init(options: EnvironmentOptions) throws(EnvironmentError) {
    maximumSteps = options.maximumEpisodeSteps ?? Self.defaultMaximumSteps
    if maximumSteps < 1 {
      throw EnvironmentError("Pendulum: maximum_episode_steps = \(maximumSteps) is not positive")
    }
  }

  public func reset(seed: UInt64, into output: StepOutput) {
    var generator = RandomGenerator(seed: seed)
    start(
      angle: Double.pi * (2 * Double(generator.uniform()) - 1), speed: 2 * Double(generator.uniform()) - 1)
    write(into: output)
  }

  func start(angle: Double, speed: Double) {
    (self.angle, self.speed) = (angle, speed)
    stepCount = 0
  }

  public func step(_ choice: ActionChoice, into output: StepOutput) -> Transition {
    let cost = play(torque: Double(choice.number(0)))
    stepCount += 1
    write(into: output)
    return Transition(reward: Float(-cost), truncated: stepCount >= maximumSteps)
  }

  /// Advances by one time step.
  /// - Parameter torque: in newton metres.
  /// - Returns: what the step costs.
  func play(torque: Double) -> Double {
    // From -pi to pi.
    let lean = remainder(angle, 2 * Double.pi)
    let cost = lean * lean + 0.1 * speed * speed + 0.001 * torque * torque
    let acceleration =
      3 * Self.gravity / (2 * Self.length) * sin(angle) + 3 / (Self.mass * Self.length * Self.length) * torque
    speed = min(max(speed + acceleration * Self.secondsPerStep, -Self.speedLimit), Self.speedLimit)
    angle += speed * Self.secondsPerStep
    return cost
  }

  /// Writes every field of the layout, and an empty caption.
  private func write(into output: StepOutput) {
    let observation = output.field(at: Self.stateOffset, as: Float.self, count: 3)
    observation[0] = Float(cos(angle))
    observation[1] = Float(sin(angle))
    observation[2] = Float(speed)
    output.caption.clear()
  }
}

extension Pendulum {
  /// The observation has one field:
  /// - `state` float32 [3]: cosine and sine of the angle, and the speed.
  static let specification = EnvironmentSpecification(
    name: "Pendulum",
    observation: ObservationLayout([
      ObservationField("state", .float32, [3], .numeric(scale: [1, 1, 0.125]))
    ]),
    actions: .continuous([-torqueLimit...torqueLimit]))

  /// The task "Pendulum".
  public static let entry = EnvironmentEntry(
    name: "Pendulum",
    summary: "a pendulum to swing up, as in Gymnasium's Pendulum-v1; a continuous action",
    specification: { _ in specification },
    make: { try Pendulum(options: $0) })
}
