import Environments
import Glibc
import Tensor
import Testing

@testable import NetHack

@Suite(.enabled(if: NetHackInstallation.isPresent, "NetHack is not installed: run scripts/get-nethack.sh"))
struct NetHackEnvironmentTests {
  @Test func anEpisodeDependsOnItsSeedAlone() throws {
    let keys = NetHackObservation.game.map(\.rawValue)
    let options = NetHackInstallation.options("NetHackScore", keys: keys, steps: 120)
    let first = try NetHackRandomPlayer(options, seed: 1)
    for _ in 0..<400 { try first.step() }
    #expect(first.episodes > 3)
    // The same actions after other games, in an environment that is not new.
    let used = try NetHackRandomPlayer(options, seed: 1)
    for _ in 0..<400 { try used.step() }
    #expect(used.hash == first.hash)
    let other = try NetHackRandomPlayer(options, seed: 2)
    for _ in 0..<400 { try other.step() }
    #expect(other.hash != first.hash)
  }

  /// What is observed does not change the game.
  @Test(arguments: UInt64(1)...6) func everyObservationIsOfTheSameGame(seed: UInt64) throws {
    func course(_ keys: [NetHackObservation]) throws -> [String] {
      let options = NetHackInstallation.options("NetHackScore", keys: keys.map(\.rawValue), steps: 400)
      let player = try NetHackRandomPlayer(options, seed: seed)
      return try (0..<500).map { _ in
        let transition = try player.step()
        return "\(transition.reward) \(String(decoding: player.caption.bytes, as: UTF8.self))"
      }
    }
    #expect(try course([.status]) == course(NetHackObservation.allCases))
  }

  /// Nor does the day on which it is played.
  @Test func theDateOfBirthFollowsFromTheSeed() throws {
    func birthday(_ episode: UInt64, _ clock: NetHackClock) throws -> Int64 {
      let game = try NetHackGame(
        library: NetHackLibrary.current(directory: NetHackInstallation.directory),
        options: NetHackOptions(character: "mon-hum-neu-mal"),
        buffers: NetHackBuffers(keys: NetHackObservation.training), clock: clock)
      try game.start(episode: episode)
      return game.birthday
    }
    let first = try birthday(1, .steady)
    #expect(try birthday(1, .steady) == first && birthday(2, .steady) != first)
    #expect((1_000_000_000..<1_600_000_000).contains(first))
    #expect(try birthday(1, .likeNLE) > 1_700_000_000)
  }

  @Test func aResetForgetsThePreviousGame() throws {
    let keys = NetHackObservation.game.map(\.rawValue)
    let player = try NetHackRandomPlayer(NetHackInstallation.options("NetHackScore", keys: keys), seed: 3)
    func firstRow() throws -> [UInt8] {
      try player.environment.reset(seed: 77, into: player.output)
      let count = player.environment.specification.observation.rowByteCount
      return Array(player.output.field(at: 0, as: UInt8.self, count: count))
    }
    let fresh = try firstRow()
    for _ in 0..<300 { try player.step() }
    #expect(try firstRow() == fresh)
  }

  @Test func manyInstancesOnManyThreadsPlayAsOne() throws {
    let instances = 64
    let rounds = 150
    let options = NetHackInstallation.options("NetHackScore", steps: 60)
    let alone = try (0..<instances).map { try NetHackRandomPlayer(options, seed: UInt64($0)) }
    for _ in 0..<rounds {
      for player in alone { try player.step() }
    }
    #expect(Set(alone.map(\.hash)).count == instances)
    let crowd = try NetHackCrowd(options, instances: instances, threads: 4)
    crowd.play(rounds: rounds)
    #expect(crowd.hashes == alone.map(\.hash))
  }

  @Test func theLimitTruncates() throws {
    let player = try NetHackRandomPlayer(NetHackInstallation.options("NetHackScore", steps: 5), seed: 1)
    for step in 1...5 {
      let transition = try player.step()
      #expect(transition.truncated == (step == 5))
      #expect(!transition.terminated && !transition.succeeded)
    }
    #expect(throws: EnvironmentError.self) { try player.environment.step(0, into: player.output) }
  }

  @Test func aSuccessShowsTheStateThatEarnedIt() throws {
    let keys = ["internal", "blstats", "glyph_crop"]
    let player = try NetHackRandomPlayer(NetHackInstallation.options("NetHackStaircase", keys: keys), seed: 4)
    var transition = Transition(reward: 0)
    for _ in 0..<60_000 where !transition.succeeded { transition = try player.step() }
    #expect(transition.terminated && transition.succeeded && !transition.truncated)
    #expect(transition.reward > 0.9)
    #expect(player.values("internal", as: Int32.self)[4] == 1)
    #expect(player.values("blstats", as: Int64.self)[10] > 0)
  }

  @Test func derivedFieldsFollowFromTheGamesOwn() throws {
    let keys = ["glyphs", "blstats", "glyph_crop", "status", "message"]
    let player = try NetHackRandomPlayer(NetHackInstallation.options("NetHackScore", keys: keys), seed: 5)
    for _ in 0..<50 {
      try player.step()
      let blstats = player.values("blstats", as: Int64.self)
      #expect(player.values("status", as: Int32.self) == blstats.map { Int32(clamping: $0) })
      let glyphs = player.values("glyphs", as: Int16.self)
      let crop = player.values("glyph_crop", as: Int16.self)
      #expect(crop[40] == glyphs[Int(blstats[1]) * 79 + Int(blstats[0])])
      // The caption has the pages before the message as well.
      let message = String(decoding: player.values("message", as: UInt8.self).prefix { $0 != 0 }, as: UTF8.self)
      let caption = String(decoding: player.caption.bytes, as: UTF8.self)
      for sentence in message.split(separator: "  ") where !message.contains("?") {
        #expect(caption.contains(sentence), "\(message) | \(caption)")
      }
    }
  }

  @Test func theTileCropIsCutFromTheTerminal() throws {
    let keys = ["tty_chars", "tty_colors", "chars", "blstats", "tile_crop"]
    let player = try NetHackRandomPlayer(NetHackInstallation.options("NetHackScore", keys: keys), seed: 7)
    var heroes = 0
    for _ in 0..<100 {
      try player.step()
      let blstats = player.values("blstats", as: Int64.self)
      let (x, y) = (Int(blstats[0]), Int(blstats[1]))
      let characters = player.values("tty_chars", as: UInt8.self)
      let colours = player.values("tty_colors", as: Int8.self)
      let crop = player.values("tile_crop", as: Int16.self)
      #expect(crop[6 * 12 + 6] == TerminalTiles.symbol(character: characters[y * 80 + x], colour: colours[y * 80 + x]))
      // The map's rows are one lower on the terminal than on the map.
      let isOnMap = player.values("chars", as: UInt8.self)[y * 79 + x] == UInt8(ascii: "@")
      if isOnMap && crop[7 * 12 + 6] == TerminalTiles.symbol(character: UInt8(ascii: "@"), colour: 15) { heroes += 1 }
    }
    #expect(heroes > 90)
  }

  @Test func extendedActionsEatAndDrinkWithTwoKeys() throws {
    let keys = ["message", "internal"]
    let player = try NetHackRandomPlayer(
      NetHackInstallation.options("NetHackScoreExtended", keys: keys), seed: 6)
    let environment = player.environment
    func message() -> String {
      String(decoding: player.values("message", as: UInt8.self).prefix { $0 != 0 }, as: UTF8.self)
    }
    var drunk = 0
    for seed in 0..<5 {
      try environment.reset(seed: UInt64(seed), into: player.output)
      let quaff = try #require(NetHackAction.extended.firstIndex(of: 113))
      let yes = try #require(NetHackAction.extended.firstIndex(of: NetHackAction.yes))
      let wait = try #require(NetHackAction.extended.firstIndex(of: 46))
      _ = try environment.step(quaff, into: player.output)
      guard message().hasPrefix("What do you want to drink?") else { continue }
      _ = try environment.step(wait, into: player.output)
      #expect(message() == "Never mind.")
      _ = try environment.step(quaff, into: player.output)
      _ = try environment.step(yes, into: player.output)
      #expect(message() != "Never mind." && !message().hasPrefix("What do you want"))
      drunk += 1
    }
    #expect(drunk > 0)
  }

  /// Every key of the keyboard, so that prompts for text come and are typed into.
  @Test func whatIsTypedIsNoCaption() throws {
    let player = try NetHackRandomPlayer(NetHackInstallation.options("NetHackChallenge", keys: ["misc"]), seed: 7)
    var typed = 0
    for _ in 0..<20_000 {
      try player.step()
      for prompt in ["#", "Search for: "] { #expect(!player.caption.bytes.starts(with: Array(prompt.utf8))) }
      guard player.values("misc", as: Int32.self)[1] != 0 else { continue }
      typed += 1
      #expect(player.caption.bytes.isEmpty, "\(String(decoding: player.caption.bytes, as: UTF8.self))")
    }
    #expect(typed > 100)
  }

  @Test func aWrongActionIsRefused() throws {
    let player = try NetHackRandomPlayer(NetHackInstallation.options("NetHackScore"), seed: 1)
    try player.environment.reset(seed: 1, into: player.output)
    #expect(throws: EnvironmentError.self) { try player.environment.step(23, into: player.output) }
    #expect(throws: EnvironmentError.self) { try player.environment.step(-1, into: player.output) }
  }
}

extension NetHackRandomPlayer {
  fileprivate var text: String { String(decoding: caption.bytes, as: UTF8.self) }
}
