import Environments
import Trajectories

/// Plays a recorded episode again and checks that it is the same.
public final class EpisodeReplay {
  public let record: EpisodeRecord
  /// Number of steps so far.
  public private(set) var steps = 0
  private let environment: any Environment
  private let row: UnsafeMutableRawPointer
  private let caption = CaptionBuffer()
  private var episodeReturn = 0.0
  private var intrinsicReturn = 0.0

  /// Creates the environment and starts the episode.
  /// - Parameter programs: which programs the record's task may run here.
  /// - Throws: `EnvironmentError` if the task cannot be played here.
  public init(
    _ record: EpisodeRecord, in registry: EnvironmentRegistry, netHackDirectory: String? = nil,
    programs: Programs = .asConfigured
  ) throws {
    self.record = record
    let entry = try registry.entry(named: record.task)
    var options = record.options(gameDirectory: netHackDirectory)
    options.programs = programs
    environment = try entry.makeWatched(options)
    row = .allocate(byteCount: environment.specification.observation.rowByteCount, alignment: 8)
    do {
      try environment.reset(seed: record.seed, into: output)
    } catch {
      row.deallocate()
      throw error
    }
  }

  deinit { row.deallocate() }

  private var output: StepOutput { StepOutput(row: row, caption: caption) }

  /// The moment before the first step.
  public var opening: ReplayMoment {
    var moment = ReplayMoment(step: 0, of: record.actions.count)
    describe(&moment)
    return moment
  }

  /// Plays the next step; nil after the last one.
  /// - Throws: `ReplayError` that names the first step that differs from the record: the environment has changed.
  public func next() throws -> ReplayMoment? {
    guard steps < record.actions.count else { return nil }
    let played = try environment.specification.actions.withChoice(record.actions[steps].elements) { choice in
      // Before the step: a name may tell of the thing that the action uses.
      let name = name(of: choice)
      return (transition: try environment.step(choice, into: output), action: name)
    }
    guard let (transition, action) = played else {
      throw ReplayError("step \(steps + 1) of the replay has the action \(record.actions[steps]), which the task lacks")
    }
    let recorded = record.rewards[steps]
    guard transition.reward == recorded else {
      throw ReplayError("step \(steps + 1) of the replay paid \(transition.reward); \(recorded) was recorded")
    }
    steps += 1
    guard transition.done == (steps == record.actions.count) else {
      let text = transition.done ? "ended with step \(steps)" : "continues after its last step, \(steps)"
      throw ReplayError("the replay \(text); \(record.actions.count) steps were recorded")
    }
    var moment = ReplayMoment(step: steps, of: record.actions.count)
    moment.action = action
    episodeReturn += Double(transition.reward)
    (moment.reward, moment.isSuccess) = (transition.reward, transition.done && transition.succeeded)
    if !record.intrinsicRewards.isEmpty {
      moment.intrinsicReward = record.intrinsicRewards[steps - 1]
      intrinsicReturn += Double(record.intrinsicRewards[steps - 1])
    }
    describe(&moment)
    return moment
  }

  private func name(of choice: ActionChoice) -> String {
    (environment as? any ScreenShowing)?.name(of: choice) ?? "\(choice)"
  }

  private func describe(_ moment: inout ReplayMoment) {
    moment.caption = String(decoding: caption.bytes, as: UTF8.self)
    moment.screen = (environment as? any ScreenShowing)?.screen
    (moment.episodeReturn, moment.intrinsicReturn) = (episodeReturn, intrinsicReturn)
  }
}

/// One step of a replayed episode, for display.
public struct ReplayMoment: Sendable {
  /// The number of the step, from 1 on; 0 is the moment before the first.
  public var step: Int
  /// Number of steps of the episode.
  public var steps: Int
  /// The name of the action that led here.
  public var action: String?
  public var caption = ""
  /// nil if the environment has no screen.
  public var screen: Screen?
  public var reward: Float = 0
  /// The sum of rewards so far.
  public var episodeReturn = 0.0
  /// nil if unknown.
  public var intrinsicReward: Float?
  public var intrinsicReturn = 0.0
  /// Whether the episode ended with this step and reached its goal.
  public var isSuccess = false

  init(step: Int, of steps: Int) {
    self.step = step
    self.steps = steps
  }

  public var isLast: Bool { step == steps }

  /// The lines below the screen: action, rewards and caption.
  public var legend: [String] {
    var first = "step \(step)/\(steps)"
    if let action { first += "  \(action)" }
    if isLast { first += isSuccess ? "  (won)" : "  (ended)" }
    var second = "reward \(Self.number(Double(reward)))  return \(Self.number(episodeReturn))"
    if let intrinsicReward {
      second += "  intrinsic \(Self.number(Double(intrinsicReward)))  sum \(Self.number(intrinsicReturn))"
    }
    return [first, second, "\"\(Self.printable(caption))\""]
  }

  /// One line for a log or a pipe.
  public var line: String { legend.joined(separator: "  ") }

  /// At most three decimals, without trailing zeros.
  private static func number(_ value: Double) -> String {
    let rounded = (value * 1000).rounded() / 1000
    if let whole = Int(exactly: rounded) { return "\(whole)" }
    return "\(rounded)"
  }

  /// Captions come from a game, so control characters are replaced by dots.
  private static func printable(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { (32..<127).contains($0.value) ? $0 : "." }))
  }

  /// The screen with the legend below it.
  public func picture() -> Screen {
    let legend = legend
    let width = max(screen?.columns ?? 0, 80)
    var picture = Screen(rows: (screen?.rows ?? 0) + legend.count, columns: width)
    if let screen {
      for row in 0..<screen.rows {
        for column in 0..<screen.columns {
          picture.characters[row * width + column] = screen.characters[row * screen.columns + column]
          picture.colours[row * width + column] = screen.colours[row * screen.columns + column]
        }
      }
      picture.cursor = screen.cursor
    }
    for (index, line) in legend.enumerated() {
      picture.write(line, row: picture.rows - legend.count + index, colour: index == 2 ? 15 : 10)
    }
    return picture
  }
}
