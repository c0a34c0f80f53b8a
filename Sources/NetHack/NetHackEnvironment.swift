import Environments
import Trajectories

/// A NetHack task as an environment.
///
/// Rules, prompts and rewards are NLE's (or, for the extended tasks, ONI's), with two differences. An episode that ends at
/// a limit is truncated; NLE reports it as terminated. The terminal observation of a success or a limit is the hero's last
/// state; NLE shows the screens of quitting.
public final class NetHackEnvironment: Environment {
  public let specification: EnvironmentSpecification
  /// The seeds of the current game.
  public private(set) var seeds = NetHackSeeds(core: 0, display: 0)

  let task: NetHackTask
  private let maximumEpisodeSteps: Int
  let buffers: NetHackBuffers
  private let game: NetHackGame
  private let player: NetHackPlayer<NetHackGame>
  private let writer: NetHackObservationWriter
  private var reward: NetHackReward
  private var events: NetHackEvents
  /// The pages of the message that the game is showing.
  private var pages = NetHackPages()
  private var stall: NetHackStall
  private var steps = 0
  private var isPlaying = false
  private var record: NetHackFacts
  /// For the hero's role; nil unless the options ask for all facts.
  private let world: NetHackWorld?
  /// How the latest episode ended; nil if the hero died.
  private var limit: String?

  /// The specification of a task; needs no game files.
  /// - Throws: `EnvironmentError` that names an unknown observation or hero.
  static func specification(
    of task: NetHackTask, options: EnvironmentOptions
  ) throws -> EnvironmentSpecification {
    _ = try NetHackHero(options.text(NetHackTasks.characterField))
    let keys = try NetHackObservation.keys(named: options.observationKeys)
    return EnvironmentSpecification(
      name: task.name, observation: ObservationLayout(keys.map(\.field)), actionCount: task.actions.count,
      sharesTemplates: true)
  }

  /// - Throws: `EnvironmentError` if NetHack is missing, of another version, or an option is wrong.
  init(task: NetHackTask, options: EnvironmentOptions, clock: NetHackClock = .steady) throws {
    let keys = try NetHackObservation.keys(named: options.observationKeys)
    specification = try Self.specification(of: task, options: options)
    self.task = task
    maximumEpisodeSteps = options.maximumEpisodeSteps ?? task.maximumEpisodeSteps
    buffers = NetHackBuffers(keys: keys + task.neededObservations + (options.recordsFacts ? [.glyphs] : []))
    record = NetHackFacts(isComplete: options.recordsFacts)
    writer = NetHackObservationWriter(keys: keys, buffers: buffers)
    game = try NetHackGame(
      library: NetHackLibrary.current(directory: options.gameDirectory ?? NetHackTasks.standardDirectory),
      options: NetHackOptions(
        character: task.character ?? options.text(NetHackTasks.characterField), pickupTypes: task.pickupTypes,
        level: task.level),
      buffers: buffers, clock: clock)
    world = options.recordsFacts ? try game.makeWorld() : nil
    player = NetHackPlayer(game: game, prompts: task.prompts)
    reward = NetHackReward(rule: task.reward, frozenPenalty: task.frozenPenalty)
    events = NetHackEvents(task.events)
    stall = NetHackStall(limit: task.stallLimit)
  }

  public func reset(seed: UInt64, into output: StepOutput) throws {
    try player.giveUp()
    seeds = try game.start(episode: seed)
    reward.reset()
    events.reset()
    stall.reset(time: buffers.time)
    steps = 0
    isPlaying = true
    limit = nil
    record.reset(buffers, role: world.flatMap { NetHackHero.role(number: $0.role) })
    pages = NetHackPages()
    write(to: output)
  }

  public func step(_ action: Int, into output: StepOutput) throws -> Transition {
    guard isPlaying else { throw EnvironmentError("\(task.name) was stepped without a reset") }
    guard task.actions.indices.contains(action) else {
      throw EnvironmentError("\(task.name) has actions 0 to \(task.actions.count - 1), not \(action)")
    }
    let before = NetHackReward.Before(buffers)
    try player.play(task.actions[action], pages: &pages)
    steps += 1
    _ = stall.look(time: buffers.time)
    let isStalled = stall.look(time: buffers.time)
    // Death has priority over the limit, and the limit over success.
    let died = buffers.isDone
    let truncated = !died && (isStalled || steps >= maximumEpisodeSteps)
    let paid = died ? 0 : events.look(buffers)
    let succeeded = !died && !truncated && (task.success.isMet(buffers) || events.areComplete)
    let value = reward.step(from: before, to: buffers, succeeded: succeeded) + paid
    isPlaying = !(died || truncated || succeeded)
    record.look(buffers)
    limit = succeeded ? "success" : isStalled ? "the clock stood still" : truncated ? "step limit" : nil
    write(to: output)
    return Transition(
      reward: Float(value), terminated: died || succeeded, truncated: truncated, succeeded: succeeded)
  }

  /// Writes the observation, and the caption if a message is complete.
  private func write(to output: StepOutput) {
    writer.write(to: output)
    pages.endStep(buffers, isOver: !isPlaying, caption: output.caption)
  }

  /// How the game ended is in a file of the game, which only evaluations read.
  public var facts: EpisodeFacts { record.episode(end: world == nil ? limit : limit ?? game.causeOfEnd) }
}

extension NetHackTasks {
  /// The folder of libnethack.so and nhdat, unless the options name another one.
  public static let standardDirectory = ".deps/nethack"

  static let characterField = EnvironmentField(
    "character", default: "mon-hum-neu-mal",
    "NetHack: role-race-alignment-gender of the hero, or \"@\" for a random hero.")

  /// The task called `name`.
  /// - Throws: `EnvironmentError` if there is none.
  static func task(named name: String) throws -> NetHackTask {
    guard let task = (all + MiniHackTasks.all).first(where: { $0.name == name }) else {
      throw EnvironmentError("\"\(name)\" is not a NetHack task")
    }
    return task
  }

  /// The tasks as entries of an `EnvironmentRegistry`.
  public static let entries: [EnvironmentEntry] =
    all.map { task in
      entry(task.name, task.summary, ownFields: task.character == nil ? [characterField] : []) { task }
    } + [full]

  /// MiniHack's tasks.
  public static let miniHack = EnvironmentFamily(
    prefix: MiniHackTasks.prefix, example: "\(MiniHackTasks.prefix):Room-5x5", summary: "a task of MiniHack",
    ownFields: []
  ) { name in
    entry(name, "a task of MiniHack", ownFields: []) { try MiniHackTasks.task(named: name) }
  }

  private static func entry(
    _ name: String, _ summary: String, ownFields: [EnvironmentField],
    _ task: @escaping @Sendable () throws -> NetHackTask
  ) -> EnvironmentEntry {
    EnvironmentEntry(
      name: name, summary: summary, screenKeys: NetHackBuffers.screenKeys.map(\.rawValue), ownFields: ownFields,
      instanceBytes: 5 << 20,
      specification: { try NetHackEnvironment.specification(of: task(), options: $0) },
      make: { try NetHackEnvironment(task: task(), options: $0) })
  }
}
