import Runtime
import Tensor

/// A dark corridor with the exit at its east end: the smallest complete environment, and the example that
/// `docs/adding-an-environment.md` walks through.
public final class Corridor: Environment {
  static let length = 16
  /// Beyond this cell the light of the exit is seen.
  static let lightFrom = 12
  static let maximumSteps = 64

  public let specification = CorridorTask.specification
  private let maximumSteps: Int
  private var position = 0
  private var stepCount = 0

  public init(options: EnvironmentOptions) throws {
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
    output.field(at: CorridorTask.positionOffset, as: UInt8.self, count: 1)[0] = UInt8(position)
    output.caption.set(caption)
  }
}

/// The task "Corridor" as the registry lists it.
public enum CorridorTask {
  /// The only field, so it lies at the start of the row.
  static let positionOffset = 0

  /// - `position` uint8 []: the hero's cell, 0 at the west end.
  static let specification = EnvironmentSpecification(
    name: "Corridor",
    observation: ObservationLayout([
      ObservationField("position", .uint8, [], .categorical(cardinality: Corridor.length))
    ]),
    actionCount: 2)

  public static let entry = EnvironmentEntry(
    name: "Corridor",
    summary: "a dark corridor with an exit; the example of docs/adding-an-environment.md",
    specification: { _ in specification },
    make: { try Corridor(options: $0) })
}
