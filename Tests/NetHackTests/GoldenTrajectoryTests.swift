import CNetHack
import Foundation
import Testing

@testable import NetHack

/// Recorded games, key by key: whatever changes in how games are started, driven or read, the game stays the same game.
///
/// With TENGU_RECORD_GOLDEN=1 the test writes the file again, which is right only when NetHack's library changes.
@Suite(.enabled(if: NetHackInstallation.isPresent, "NetHack is not installed: run scripts/get-nethack.sh"))
struct GoldenTrajectoryTests {
  private static let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/games.bin")
  /// The library for another kind of processor is another build, which may evaluate arguments in another order.
  private static var isRecordedBuild: Bool {
    #if arch(x86_64)
      true
    #else
      false
    #endif
  }
  private static let stepsOfGame = 1_000
  private static let gamesOfRole = 3

  /// A game that can be driven key by key.
  private static func game(_ hero: String, status: NetHackOptions.Status = .terminal) throws -> NetHackGame {
    try NetHackGame(
      library: NetHackLibrary.current(directory: NetHackInstallation.directory),
      options: NetHackOptions(character: hero, status: status), buffers: NetHackBuffers(keys: [.glyphs]))
  }

  @Test func formatRoundTrips() {
    let game = GoldenTrajectory(hero: "@", seed: 1 << 40, keys: [1, 200, 3], digests: [0, 65_535, 258])
    var data = Data()
    game.append(to: &data)
    game.append(to: &data)
    #expect(GoldenTrajectory.read(data) == [game, game])
  }

  /// With the status from the terminal, and without status lines, from the game's variables. The latter may be an event ahead
  /// (the clock after a new level), in one of these 34,600 states, and what follows is as recorded.
  @Test(.enabled(if: isRecordedBuild), arguments: [NetHackOptions.Status.terminal, .nobody])
  func gamesAreTheRecordedOnes(_ status: NetHackOptions.Status) throws {
    if ProcessInfo.processInfo.environment["TENGU_RECORD_GOLDEN"] != nil && status == .terminal { try Self.record() }
    let games = GoldenTrajectory.read(try Data(contentsOf: Self.file))
    #expect(games.count >= 30)
    #expect(Set(games.map { $0.hero.prefix(3) }).count == 13)
    var (prompts, menus, ahead) = (0, 0, 0)
    for recorded in games {
      let game = try Self.game(recorded.hero, status: status)
      let world = try game.makeWorld()
      var hero = tengu_nethack_hero()
      try game.start(episode: recorded.seed)
      for (step, key) in recorded.keys.enumerated() {
        if game.buffers.asksQuestion { prompts += 1 }
        if game.buffers.waitsForSpace { menus += 1 }
        game.send(key)
        if status == .nobody && game.buffers.inNormalGame {
          tengu_nethack_read_hero(world.pointer, &hero)
          NetHackStatus.write(hero, to: game.buffers.status)
        }
        guard GoldenTrajectory.digest(game.buffers) == recorded.digests[step] else {
          if status == .nobody && ahead < 3 {
            ahead += 1
            continue
          }
          let message = String(decoding: game.buffers.caption, as: UTF8.self)
          Issue.record("\(recorded.hero), seed \(recorded.seed): differs after key \(step): \(message)")
          break
        }
      }
      try NetHackPlayer(game: game, prompts: .skipped).giveUp()
    }
    // Otherwise the recording no longer shows that menus and questions are the same.
    #expect(prompts > 1_000 && menus > 1_000)
  }

  /// Plays three games of each role.
  private static func record() throws {
    var data = Data()
    let roles = Dictionary(grouping: NetHackHero.all) { $0.prefix(3) }.values.sorted { $0[0] < $1[0] }
    for (number, heroes) in roles.enumerated() {
      for attempt in 0..<gamesOfRole {
        let seed = UInt64(number * gamesOfRole + attempt)
        var recorded = GoldenTrajectory(hero: heroes[attempt % heroes.count], seed: seed)
        let game = try game(recorded.hero)
        try game.start(episode: seed)
        var keys = GoldenKeys(seed: seed)
        while recorded.keys.count < stepsOfGame && !game.buffers.isDone {
          let key = keys.next(game.buffers)
          game.send(key)
          recorded.keys.append(key)
          recorded.digests.append(GoldenTrajectory.digest(game.buffers))
        }
        recorded.append(to: &data)
        try NetHackPlayer(game: game, prompts: .skipped).giveUp()
      }
    }
    try data.write(to: file)
  }
}
