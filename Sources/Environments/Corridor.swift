import Runtime
import Tensor
import Trajectories

/// A dark corridor with the exit at its east end: the smallest complete environment.
public final class Corridor: Environment {
  static let length = 16
  /// The cell from which the hero sees the light of the exit.
  static let lightFrom = 12
  static let maximumSteps = 64
  /// Byte offset of the only field, which is at the start of the row.
  private static let positionOffset = 0

  public let specification: EnvironmentSpecification = Corridor.specification
  private let maximumSteps: Int
  private var position = 0
  private var stepCount = 0

  /// - Throws: `EnvironmentError` if the step limit is not positive.
  public init(options: EnvironmentOptions) throws(EnvironmentError) {
    maximumSteps = options.maximumEpisodeSteps ?? Self.maximumSteps
    if maximumSteps < 1 {
      throw EnvironmentError("Corridor: maximum_episode_steps = \(maximumSteps) is not positive")
    }
  }

  public func reset(seed: UInt64, into output: StepOutput) {
    var generator = RandomGenerator(seed: seed)
    position = generator.below(Self.length / 2)
    stepCount = 0
    write("", into: output)
  }

  public func step(_ action: Int, into output: StepOutput) throws -> Transition {
    stepCount += 1
    switch action {
    case 0 where position == 0:
      write("It's a wall.", into: output)
    case 0:
      position -= 1
      write("", into: output)
    case 1:
      position += 1
      if position == Self.length - 1 {
        write("You step into the light.", into: output)
        return Transition(reward: 1, terminated: true, succeeded: true)
      }
      write(position == Self.lightFrom ? "You see a light ahead." : "", into: output)
    default:
      throw EnvironmentError("Corridor: action \(action) is neither 0 (west) nor 1 (east)")
    }
    return Transition(reward: 0, truncated: stepCount >= maximumSteps)
  }

  /// Writes every field of the layout, and the caption.
  private func write(_ caption: StaticString, into output: StepOutput) {
    output.field(at: Self.positionOffset, as: UInt8.self, count: 1)[0] = UInt8(position)
    output.caption.set(caption)
  }
}

extension Corridor {
  /// The observation has one field:
  /// - `position` uint8 []: the hero's cell; 0 is the west end.
  static let specification = EnvironmentSpecification(
    name: "Corridor",
    observation: ObservationLayout([
      ObservationField("position", .uint8, [], .categorical(cardinality: length))
    ]),
    actionCount: 2)

  /// The task "Corridor".
  public static let entry = EnvironmentEntry(
    name: "Corridor",
    summary: "a dark corridor with an exit; the smallest task",
    specification: { _ in specification },
    make: { try Corridor(options: $0) })
}
