import EnvironmentChecks
import Environments
import Foundation
import TestSupport
import Testing

@testable import NetHack

@Suite(.enabled(if: NetHackInstallation.hasLevels, "NetHack's levels are not installed: run scripts/get-nethack.sh"))
struct MiniHackPlayTests {
  /// Plays a task by the keys of the keyboard.
  private final class Hero {
    let environment: NetHackEnvironment
    private let player: NetHackRandomPlayer
    private(set) var latest = Transition(reward: 0)

    init(_ task: String, seed: UInt64 = 1) throws {
      player = try NetHackRandomPlayer(NetHackInstallation.options("minihack:\(task)"), seed: 1)
      environment = player.environment
      try environment.reset(seed: seed, into: player.output)
    }

    var caption: String { String(decoding: player.caption.bytes, as: UTF8.self) }
    var place: [Int] { [environment.buffers.x, environment.buffers.y] }

    /// Types keys until the episode ends.
    func type(_ keys: String) throws {
      for key in keys.utf8 where !latest.done {
        let action = try #require(environment.task.actions.firstIndex(of: key), "the task has no \(key)")
        latest = try environment.step(action, into: player.output)
      }
    }

    /// Types a key until the hero has moved.
    func go(_ key: String, attempts: Int = 40) throws {
      let start = place
      for _ in 0..<attempts where place == start && !latest.done { try type(key) }
    }
  }

  @Test(arguments: MiniHackTasks.all.map(\.name))
  func everyLevelStartsAndIsPlayed(_ name: String) throws {
    let player = try NetHackRandomPlayer(NetHackInstallation.options(name, steps: 30), seed: 7)
    for _ in 0..<90 { try player.step() }
    #expect(player.episodes >= 3)
    #expect(player.environment.buffers.depth == 1 || player.environment.buffers.depth == 0)
  }

  @Test func levelsConform() throws {
    for name in ["Room-Ultimate-15x15", "Corridor-R5", "KeyRoom-S15", "Eat-Distr"] {
      let entry = NetHackTasks.miniHack.entry("minihack:\(name)")
      let options = NetHackInstallation.options(entry.name)
      #expect(try EnvironmentConformance(entry: entry, options: options).violations() == [])
    }
  }

  @Test func theStairsOfARoomPayOne() throws {
    let hero = try Hero("Room-5x5")
    try hero.type("nnn")
    #expect(hero.latest.reward == 0 && !hero.latest.done)
    try hero.type("n")
    #expect(hero.latest == Transition(reward: 1, terminated: true, succeeded: true))
    // A step that takes no time costs a little.
    let other = try Hero("Room-5x5")
    try other.type("h")
    #expect(other.latest.reward == -0.01)
  }

  @Test func aRandomRoomIsAnotherOneForEachSeed() throws {
    let places = try (0..<12).map { try Hero("Room-Random-15x15", seed: $0).place }
    #expect(Set(places).count > 6)
    #expect(try Hero("Room-Random-15x15", seed: 3).place == places[3])
  }

  @Test func monstersComeFromTheLevelAlone() throws {
    let player = try NetHackRandomPlayer(
      NetHackInstallation.options("minihack:Room-Random-15x15", keys: ["glyphs"], steps: 300), seed: 5)
    for _ in 0..<900 {
      try player.step()
      // The hero has a monster's glyph, too.
      #expect(player.values("glyphs", as: Int16.self).count { $0 < 381 } <= 1)
    }
  }

  @Test func aKeyUnlocksTheDoorInOneAction() throws {
    let hero = try Hero("KeyRoom-Fixed-S5")
    try hero.type("a")
    #expect(hero.latest.reward == -0.01, "without a key nothing happens")
    for key in ["h", "h"] { try hero.go(key) }
    #expect(hero.caption.contains("key"))
    for key in ["y", "k", "k"] { try hero.go(key) }
    let door = hero.place
    try hero.type("l")
    #expect(hero.place == door && hero.caption.contains("locked"))
    for _ in 0..<20 where !hero.caption.contains("unlock") { try hero.type("a") }
    #expect(hero.caption.contains("unlock"))
    for key in ["l", "l", "u"] { try hero.go(key) }
    #expect(hero.latest == Transition(reward: 1, terminated: true, succeeded: true))
  }

  @Test func usingTheThingSolvesASkill() throws {
    let eater = try Hero("Eat-Fixed")
    try eater.type("yyey")
    #expect(eater.latest == Transition(reward: 1, terminated: true, succeeded: true))
    for (task, key) in [("Wield-Fixed", "w"), ("Wear-Fixed", "W"), ("Zap-Fixed", "z"), ("PutOn-Fixed", "P")] {
      let hero = try Hero(task)
      try hero.type("yy,")
      let letter = try #require(hero.caption.first)
      try hero.type("\(key)\(letter)")
      #expect(hero.latest == Transition(reward: 1, terminated: true, succeeded: true), "\(task): \(hero.caption)")
    }
  }

  @Test func missingToolsAndWrongLevelsAreNamed() throws {
    let scratch = try NetHackScratch.current()
    let text = MiniHackNavigation.room(side: 3)
    #expect { try NetHackLevelFiles(directory: "/nowhere", level: text, scratch) } throws: {
      "\($0)".contains("/nowhere/levels/nhdat is missing; run scripts/get-nethack.sh")
    }
    var wrong = text
    wrong.add("MONSTER: nobody")
    #expect { try NetHackLevelFiles(directory: NetHackInstallation.directory, level: wrong, scratch) } throws: {
      "\($0)".contains("refuses the level")
    }
    let good = try NetHackLevelFiles(directory: NetHackInstallation.directory, level: text, scratch)
    let again = try NetHackLevelFiles(directory: NetHackInstallation.directory, level: text, scratch)
    #expect(good.links == again.links)
    let compiled = try #require(good.links["mylevel.lev"])
    #expect(FileManager.default.fileExists(atPath: compiled))
  }
}
