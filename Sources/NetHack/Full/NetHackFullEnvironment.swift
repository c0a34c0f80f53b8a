import CNetHack
import Environments
import Trajectories

/// NetHack with the interface of a player: an action is a verb with its thing and its direction, and only what is legal can be
/// chosen. See docs/nethack.md.
public final class NetHackFullEnvironment: Environment {
  public let specification: EnvironmentSpecification

  private let maximumEpisodeSteps: Int
  private let weights: NetHackRewardWeights
  let buffers: NetHackBuffers
  let game: NetHackGame
  private let world: NetHackWorld
  private let player: NetHackPlayer<NetHackGame>
  private let dialogue: NetHackDialogue
  private let offsets: [Int]
  private let glyphs: UnsafePointer<Int16>

  private(set) var hero = tengu_nethack_hero()
  private(set) var items = NetHackItems()
  private(set) var survey = NetHackSurvey()
  private var explorer = NetHackExplorer()
  private var refusals = NetHackRefusals()
  private var channels = NetHackRewardChannels()
  private var pages = NetHackPages()
  private var stall = NetHackStall(limit: 2_000)
  private(set) var situation: NetHackSituation?
  private var clocks = NetHackNumbers.Clocks()
  private var latestPrayer: Int64?
  private var latestKill: Int64?
  private var verb: NetHackVerb?
  private var steps = 0
  private var isPlaying = false
  private var record: NetHackFacts
  /// Whether facts that cost time are wanted.
  private let isEvaluated: Bool
  private var counts = NetHackFullCounts()
  private var limit: String?

  static let name = "NetHackFull"
  static let summary = "explore and gain score as a player: verbs with things and directions, legality masks"
  private static let maximumSteps = 100_000

  static let rewardsField = EnvironmentField(
    "rewards", default: "",
    "NetHackFull: weights of the reward's channels, such as \"depth 1, experience 0.02\"; the others are 0. Empty for the "
      + "task's own.")

  static func specification(_ options: EnvironmentOptions) throws -> EnvironmentSpecification {
    _ = try NetHackHero(options.text(NetHackTasks.fullCharacterField))
    _ = try rewardWeights(options)
    return EnvironmentSpecification(
      name: name, observation: NetHackFullField.layout, actions: .factored(NetHackActions.counts),
      sharesTemplates: true)
  }

  private static func rewardWeights(_ options: EnvironmentOptions) throws -> NetHackRewardWeights {
    let text = try options.text(rewardsField)
    return text.isEmpty ? .full : try NetHackRewardWeights(text)
  }

  /// - Throws: `EnvironmentError` if NetHack is missing, of another version, or an option is wrong.
  convenience init(options: EnvironmentOptions) throws { try self.init(options: options, level: nil) }

  /// - Parameter level: the level in which the game begins; nil for the dungeon.
  init(options: EnvironmentOptions, level: NetHackLevel?) throws {
    specification = try Self.specification(options)
    maximumEpisodeSteps = options.maximumEpisodeSteps ?? Self.maximumSteps
    weights = try Self.rewardWeights(options)
    // An evaluation and somebody who watches its replay see the same game: how the game draws can move its clock.
    let isWatched = options.observationKeys?.contains(NetHackObservation.terminalChars.rawValue) ?? false
    let draws = options.recordsFacts || isWatched
    buffers = NetHackBuffers(keys: [.glyphs] + (draws ? NetHackBuffers.screenKeys : []))
    record = NetHackFacts(isComplete: options.recordsFacts)
    isEvaluated = options.recordsFacts
    guard let glyphs = buffers.glyphs else { preconditionFailure("buffers have the arrays that they were made for") }
    self.glyphs = UnsafePointer(glyphs)
    game = try NetHackGame(
      library: NetHackLibrary.current(directory: options.gameDirectory ?? NetHackTasks.standardDirectory),
      options: NetHackOptions(
        character: options.text(NetHackTasks.fullCharacterField), pickupTypes: "$?!/=\"+", level: level,
        status: draws ? .terminal : .nobody),
      buffers: buffers)
    world = try game.makeWorld()
    player = NetHackPlayer(game: game, prompts: .skipped)
    dialogue = NetHackDialogue(game: game, world: world.pointer)
    offsets = NetHackFullField.layout.offsets
  }

  public func reset(seed: UInt64, into output: StepOutput) throws {
    try player.giveUp()
    try game.start(episode: seed)
    explorer.reset()
    refusals.reset()
    clocks = NetHackNumbers.Clocks()
    (latestPrayer, latestKill, verb, limit) = (nil, nil, nil, nil)
    (steps, isPlaying) = (0, true)
    counts = NetHackFullCounts()
    pages = NetHackPages()
    look()
    stall.reset(time: hero.turns)
    channels.reset(hero, items, buffers)
    record.reset(buffers, role: NetHackHero.role(number: hero.role))
    write(to: output)
  }

  public func step(_ choice: ActionChoice, into output: StepOutput) throws -> Transition {
    guard isPlaying, let situation else { throw EnvironmentError("\(Self.name) was stepped without a reset") }
    guard let action = NetHackFullAction(choice) else {
      throw EnvironmentError("\(Self.name) has verbs 0 to \(NetHackVerb.allCases.count - 1), not \(choice[0])")
    }
    let before = Before(
      turns: hero.turns, depth: hero.depth, level: hero.level, packed: items.packed, place: survey.hero)
    try dialogue.play(action, situation, pages: &pages)
    steps += 1
    verb = action.verb
    let died = buffers.isDone
    if !died { look() }
    note(action, situation.goals, before)
    let isStalled = stall.look(time: hero.turns)
    let truncated = !died && (isStalled || steps >= maximumEpisodeSteps)
    channels.look(hero, items, buffers, died: died)
    record.look(buffers)
    isPlaying = !(died || truncated)
    limit = isStalled ? "the clock stood still" : truncated ? "step limit" : nil
    write(to: output)
    return Transition(reward: Float(weights.sum(channels.values)), terminated: died, truncated: truncated)
  }

  /// Reads the state of the game, and what the hero could do next.
  private func look() {
    tengu_nethack_read_hero(world.pointer, &hero)
    NetHackStatus.write(hero, to: buffers.status)
    items.read(world.pointer)
    survey.look(glyphs, hero: hero, world.pointer)
    explorer.note(hero)
    situation = NetHackSituation(
      hero: hero, items: items, survey: survey, glyphs: glyphs, types: world.types,
      goals: explorer.goals(survey, glyphs, underfoot: hero.underfoot), latestPrayer: latestPrayer)
  }

  private struct Before {
    let turns: Int64
    let depth: Int32
    let level: Int32
    let packed: Int
    let place: NetHackPlace
  }

  private func note(_ action: NetHackFullAction, _ goals: NetHackExplorer.Goals, _ before: Before) {
    let changed = before.packed != items.packed || before.level != hero.level
    refusals.note(action, hero, changed: changed)
    clocks.tookTime = hero.turns != before.turns
    clocks.stepsOnLevel = before.depth == hero.depth ? clocks.stepsOnLevel + 1 : 0
    counts.note(action.verb, tookTime: clocks.tookTime)
    if action.verb == .pray { latestPrayer = hero.turns }
    if pages.contains("You kill ") || pages.contains("You destroy ") { latestKill = hero.turns }
    clocks.turnsSincePrayer = latestPrayer.map { hero.turns - $0 }
    clocks.turnsSinceKill = latestKill.map { hero.turns - $0 }
    // A place that the hero cannot reach is not proposed again.
    let goal = action.verb == .explore ? goals.frontier : action.verb == .fetch ? goals.thing : nil
    let isVain = !clocks.tookTime && before.place == survey.hero && survey.adjacentFoes == 0
    if let goal, isVain || pages.contains("door is locked") { explorer.dismiss(goal) }
  }

  private func write(to output: StepOutput) {
    let row = output.row
    func field<Element>(_ field: NetHackFullField, _ type: Element.Type) -> UnsafeMutablePointer<Element> {
      (row + offsets[NetHackFullField.allCases.firstIndex(of: field) ?? 0]).assumingMemoryBound(to: type)
    }
    NetHackMap.crop(
      x: Int(hero.x), y: Int(hero.y), side: NetHackObservation.cropSide, glyphs: glyphs, into: field(.crop, Int16.self))
    NetHackFullField.writeIdentity(hero, field(.identity, UInt8.self))
    NetHackFullField.writeContext(hero, verb, field(.context, UInt8.self))
    NetHackNumbers.write(hero, items, survey, clocks, field(.numbers, Float.self))
    items.write(
      packKinds: field(.packKinds, Int16.self), packStates: field(.packStates, UInt8.self),
      floorKinds: field(.floorKinds, Int16.self), floorStates: field(.floorStates, UInt8.self),
      spellKinds: field(.spells, Int16.self))
    pages.endStep(buffers, isOver: !isPlaying, caption: output.caption)
    let message = field(.message, UInt8.self)
    message.update(repeating: 0, count: NetHackObservation.messageByteCount)
    if let base = output.caption.bytes.baseAddress { message.update(from: base, count: output.caption.count) }
    if let situation { NetHackLegality.write(situation, refusals, into: field(.legal, UInt8.self)) }
  }

  public var facts: EpisodeFacts {
    // How the game ended is in a file of the game, which only evaluations read.
    var facts = record.episode(end: isEvaluated ? limit ?? game.causeOfEnd : limit)
    facts.numbers += counts.facts(turns: hero.turns)
    for (channel, sum) in zip(NetHackChannel.allCases, channels.sums) {
      facts.numbers.append(.init("reward channel \(channel.rawValue)", sum))
    }
    return facts
  }
}

/// How often each verb was used, and how often no time passed.
struct NetHackFullCounts {
  private var uses = [Int](repeating: 0, count: NetHackVerb.allCases.count)
  private var idle = 0

  mutating func note(_ verb: NetHackVerb, tookTime: Bool) {
    uses[verb.rawValue] += 1
    if !tookTime { idle += 1 }
  }

  func facts(turns: Int64) -> [EpisodeFacts.Fact] {
    let total = Double(max(1, uses.reduce(0, +)))
    return [
      .init("turns per step", Double(turns) / total), .init("share of steps without a turn", Double(idle) / total),
    ] + NetHackVerb.allCases.map { .init("share of \($0.name)", Double(uses[$0.rawValue]) / total) }
  }
}

extension NetHackTasks {
  static let fullCharacterField = EnvironmentField(
    "hero", default: "@", "NetHackFull: role-race-alignment-gender of the hero, or \"@\" for a random hero.")

  /// The tasks with a player's interface.
  public static let full = EnvironmentEntry(
    name: NetHackFullEnvironment.name, summary: NetHackFullEnvironment.summary,
    screenKeys: NetHackBuffers.screenKeys.map(\.rawValue),
    ownFields: [fullCharacterField, NetHackFullEnvironment.rewardsField], instanceBytes: 5 << 20,
    specification: { try NetHackFullEnvironment.specification($0) },
    make: { try NetHackFullEnvironment(options: $0) })
}
