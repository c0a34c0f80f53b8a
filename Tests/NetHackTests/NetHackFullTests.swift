import CNetHack
import EnvironmentChecks
import Environments
import Runtime
import TestSupport
import Testing
import Trajectories

@testable import NetHack

/// Plays `NetHackFull` by actions or by chance.
final class NetHackFullPlayer {
  let environment: NetHackFullEnvironment
  let caption = CaptionBuffer()
  let row: UnsafeMutableRawPointer
  private(set) var latest = Transition(reward: 0, truncated: true)
  private var generator: SplitMix64
  private var elements = [Int32](repeating: 0, count: NetHackActions.counts.count)

  init(hero: String = "@", level: NetHackLevel? = nil, seed: UInt64 = 1, steps: Int? = nil) throws {
    var options = NetHackInstallation.options("NetHackFull", steps: steps)
    options.settings = ["hero": .text(hero)]
    environment = try NetHackFullEnvironment(options: options, level: level)
    row = .allocate(byteCount: NetHackFullField.layout.rowByteCount, alignment: 64)
    row.initializeMemory(as: UInt8.self, repeating: 0, count: NetHackFullField.layout.rowByteCount)
    generator = SplitMix64(seed: seed)
  }

  deinit { row.deallocate() }

  var output: StepOutput { StepOutput(row: row, caption: caption) }
  var text: String { String(decoding: caption.bytes, as: UTF8.self) }

  func reset(seed: UInt64) throws {
    try environment.reset(seed: seed, into: output)
    latest = Transition(reward: 0)
  }

  /// The legal choices of a factor.
  func legal(_ factor: Int) -> [Int] {
    let mask = output.field(
      at: NetHackFullField.layout.offset(of: "legal")! + NetHackActions.offsets[factor], as: UInt8.self,
      count: NetHackActions.counts[factor])
    return mask.indices.filter { mask[$0] != 0 }
  }

  func isLegal(_ verb: NetHackVerb) -> Bool { legal(0).contains(verb.rawValue) }

  @discardableResult
  func play(_ action: NetHackFullAction) throws -> Transition {
    for index in elements.indices { elements[index] = 0 }
    elements[0] = Int32(action.verb.rawValue)
    let places = NetHackActions.places[action.verb.rawValue]
    if let factor = places.item { elements[factor] = Int32(action.item) }
    if let factor = places.direction { elements[factor] = Int32(action.direction) }
    latest = try elements.withUnsafeBytes { bytes in
      try environment.step(
        ActionChoice(environment.specification.actions, bytes.baseAddress!), into: output)
    }
    return latest
  }

  /// Draws a legal action; verbs that go somewhere are drawn more often.
  func draw() -> NetHackFullAction {
    func pick(_ choices: [Int]) -> Int { choices[Int(generator.next() % UInt64(choices.count))] }
    let verbs = legal(0)
    let eager = [NetHackVerb.explore, .travelDown, .down].map(\.rawValue).filter(verbs.contains)
    let verb = NetHackVerb(rawValue: !eager.isEmpty && generator.next() % 5 == 0 ? eager.last! : pick(verbs))!
    let places = NetHackActions.places[verb.rawValue]
    return NetHackFullAction(
      verb, item: places.item.map { pick(legal($0)) } ?? 0, direction: places.direction.map { pick(legal($0)) } ?? 0)
  }
}

@Suite(.enabled(if: NetHackInstallation.isPresent, "NetHack is not installed: run scripts/get-nethack.sh"))
struct NetHackFullTests {
  @Test func conforms() throws {
    let options = NetHackInstallation.options("NetHackFull")
    #expect(try EnvironmentConformance(entry: NetHackTasks.full, options: options).violations() == [])
  }

  /// What the game says when an action makes no sense.
  private static let refusals = [
    "You don't have anything", "You don't have that object", "That is a silly thing", "You cannot eat that",
    "Unknown command", "What do you want", "In what direction", "You have a little trouble",
  ]

  /// Every role plays at random. After each action the game waits for a command, and no legal action is one that the game
  /// does not understand. The environment variable TENGU_FULL_STEPS sets the number of steps.
  @Test func everyLegalActionIsAccepted() throws {
    let total = Int(NetHackInstallation.variable("TENGU_FULL_STEPS") ?? "") ?? 6_500
    let roles = Dictionary(grouping: NetHackHero.all) { $0.prefix(3) }.values.map { $0[0] }.sorted()
    var uses: [NetHackVerb: (count: Int, idle: Int)] = [:]
    var complaints: [String: Int] = [:]
    for (number, role) in roles.enumerated() {
      let player = try NetHackFullPlayer(hero: role, seed: UInt64(number))
      var episode = UInt64(number) << 32
      for _ in 0..<total / roles.count {
        if player.latest.done {
          try player.reset(seed: episode)
          episode += 1
        }
        let action = player.draw()
        let turns = player.environment.hero.turns
        try player.play(action)
        let buffers = player.environment.buffers
        if player.latest.terminated { continue }
        #expect(!buffers.asksQuestion && !buffers.asksLine && !buffers.waitsForSpace, "\(action): \(player.text)")
        uses[action.verb, default: (0, 0)].count += 1
        if player.environment.hero.turns == turns { uses[action.verb]?.idle += 1 }
        for refusal in Self.refusals where player.text.contains(refusal) {
          complaints["\(action.verb.name): \(player.text)", default: 0] += 1
        }
      }
    }
    if NetHackInstallation.variable("TENGU_FULL_STEPS") != nil {
      for verb in NetHackVerb.allCases {
        let use = uses[verb] ?? (0, 0)
        print("\(verb.name): \(use.count) uses, \(use.idle) without a turn")
      }
      for (text, count) in complaints.sorted(by: { $0.value > $1.value }) { print("\(count) x \(text)") }
    }
    let played = uses.values.reduce(0) { $0 + $1.count }
    #expect(complaints.values.reduce(0, +) * 1_000 <= played, "\(complaints)")
    #expect(uses[.move]?.count ?? 0 > 0 && uses[.explore]?.count ?? 0 > 0)
  }

  @Test func theSameSeedAndActionsGiveTheSameGame() throws {
    func play() throws -> [String] {
      let player = try NetHackFullPlayer(seed: 3)
      try player.reset(seed: 5)
      return try (0..<300).map { _ in
        if player.latest.done { try player.reset(seed: 6) }
        try player.play(player.draw())
        return player.text
      }
    }
    #expect(try play() == play())
  }

  /// The status that is read from the game's variables is that of the game's arrays.
  @Test func theHeroIsThatOfTheStatusLine() throws {
    for role in ["val-dwa-law-fem", "wiz-elf-cha-mal", "tou-hum-neu-fem"] {
      let player = try NetHackFullPlayer(hero: role, seed: 9)
      try player.reset(seed: 9)
      for _ in 0..<400 where !player.latest.done {
        try player.play(player.draw())
        if player.latest.terminated { break }
        let (hero, status) = (player.environment.hero, player.environment.buffers.status)
        let expected = (0..<27).map { status[$0] }
        #expect(NetHackStatus.values(hero) == expected, "\(player.text)")
      }
    }
  }

  @Test func rewardsAreNamedAndChecked() throws {
    let weights = try NetHackRewardWeights("depth 1, experience .02")
    var values = [Double](repeating: 1, count: NetHackChannel.allCases.count)
    #expect(abs(weights.sum(values) - 1.02) < 1e-12)
    values[3] = 1e9
    #expect(weights.sum(values) == NetHackRewardWeights.bound)
    for wrong in ["dept 1", "depth", "depth x", "depth 1, depth 2", "depth 1e9", "depth nan"] {
      #expect(throws: EnvironmentError.self) { try NetHackRewardWeights(wrong) }
    }
  }
}
