import TenguEnvironments

/// A garden behind a hedge: take the can, then water the flower.
public final class Garden: Environment {
  private static let standardSteps = 60
  /// Where the fields are in a row: each begins at a multiple of 8 bytes.
  private static let cellsOffset = 0
  private static let carriesOffset = 56
  /// North, east, south, west.
  static let moves = [(x: 0, y: -1), (x: 1, y: 0), (x: 0, y: 1), (x: -1, y: 0)]

  public let specification: EnvironmentSpecification = Garden.specification
  private let size: Int
  private let maximumSteps: Int
  private var hero = (x: 0, y: 0)
  private var can = (x: 0, y: 0)
  private var flower = (x: 0, y: 0)
  private var carries = false
  private var stepCount = 0
  private var bumps = 0

  /// - Throws: `EnvironmentError` naming the field that is wrong.
  public init(options: EnvironmentOptions) throws(EnvironmentError) {
    size = try options.integer(Self.sizeField)
    maximumSteps = options.maximumEpisodeSteps ?? Self.standardSteps
    if maximumSteps < 1 { throw EnvironmentError("Garden: maximum_episode_steps = \(maximumSteps) is not positive") }
  }

  public func reset(seed: UInt64, into output: StepOutput) {
    var generator = RandomGenerator(seed: seed)
    func place() -> (x: Int, y: Int) { (generator.below(size), generator.below(size)) }
    hero = place()
    repeat { can = place() } while can == hero
    repeat { flower = place() } while flower == hero || flower == can
    (carries, stepCount, bumps) = (false, 0, 0)
    write("", into: output)
  }

  public func step(_ action: Int, into output: StepOutput) throws -> Transition {
    guard let move = Self.moves.indices.contains(action) ? Self.moves[action] : nil else {
      throw EnvironmentError("Garden: action \(action) is none of 0 ..< \(Self.moves.count)")
    }
    stepCount += 1
    let truncated = stepCount >= maximumSteps
    let (x, y) = (hero.x + move.x, hero.y + move.y)
    guard (0..<size).contains(x), (0..<size).contains(y) else {
      bumps += 1
      write("There is a hedge.", into: output)
      return Transition(reward: 0, truncated: truncated)
    }
    hero = (x, y)
    if !carries, hero == can {
      carries = true
      write("You take the can.", into: output)
    } else if hero == flower {
      write(carries ? "The flower drinks." : "The flower is dry.", into: output)
      if carries { return Transition(reward: 1, terminated: true, succeeded: true) }
    } else {
      write("", into: output)
    }
    return Transition(reward: 0, truncated: truncated)
  }

  /// Writes every field of the layout, and the caption.
  private func write(_ caption: StaticString, into output: StepOutput) {
    let cells = output.field(at: Self.cellsOffset, as: UInt8.self, count: Self.side * Self.side)
    for y in 0..<Self.side {
      for x in 0..<Self.side { cells[y * Self.side + x] = cell(x, y) }
    }
    output.field(at: Self.carriesOffset, as: UInt8.self, count: 1)[0] = carries ? 1 : 0
    output.caption.set(caption)
  }

  private func cell(_ x: Int, _ y: Int) -> UInt8 {
    if x >= size || y >= size { return Cell.hedge }
    if hero == (x, y) { return Cell.hero }
    if flower == (x, y) { return Cell.flower }
    return !carries && can == (x, y) ? Cell.can : Cell.grass
  }

  /// The garden's rows, from north to south.
  var picture: [String] {
    (0..<Self.side).map { y in String((0..<Self.side).map { x in Self.signs[Int(cell(x, y))] }) }
  }

  private static let signs: [Character] = ["#", ".", "c", "f", "@"]

  public var facts: EpisodeFacts { EpisodeFacts(numbers: [.init("bumps into the hedge", Double(bumps))]) }
}
