import CNetHack
import Testing

@testable import NetHack

/// Three small levels, each a test of one part of the interface: choosing from a stack, choosing from the pack, and putting on.
@Suite(.enabled(if: NetHackInstallation.hasLevels, "NetHack's levels are not installed: run scripts/get-nethack.sh"))
struct NetHackFullLevelTests {
  /// A hero in the middle of a room of 5 x 5 squares, where the things lie.
  private func player(on things: [String], hero: String = "val-hum-neu-fem") throws -> NetHackFullPlayer {
    var level = LevelText(map: Array(repeating: "..... ", count: 5))
    level.addArea(LevelArea(left: 0, top: 0, right: 4, bottom: 4), isLit: true)
    for thing in things { level.add("OBJECT: \(thing),(2,2)") }
    level.addStart(in: LevelArea(2, 2), forbidden: LevelArea(5, 0))
    let player = try NetHackFullPlayer(hero: hero, level: NetHackLevel(text: level, picksUp: false))
    try player.reset(seed: 3)
    return player
  }

  /// The true types of what is in the pack.
  private func types(_ player: NetHackFullPlayer) -> [Int32] {
    let items = player.environment.items
    return items.pack[..<items.packed].map(\.type)
  }

  private func type(_ name: String, _ player: NetHackFullPlayer) throws -> Int32 {
    let types = try player.environment.game.makeWorld()
    return tengu_nethack_type_named(types.pointer, name)
  }

  @Test(arguments: ["ruby", "sapphire", "diamond"]) func oneThingOfAStackIsPickedUp(_ wanted: String) throws {
    let player = try player(on: ["('*',\"ruby\")", "('*',\"sapphire\")", "('*',\"diamond\")", "('(',\"chest\")"])
    let gem = try type(wanted, player)
    let before = types(player)
    let items = player.environment.items
    let index = try #require(items.floor[..<items.lying].firstIndex { $0.type == gem })
    #expect(player.legal(NetHackActions.places[NetHackVerb.pickUp.rawValue].item!).contains(index))
    try player.play(NetHackFullAction(.pickUp, item: index))
    #expect(types(player).sorted() == (before + [gem]).sorted(), "\(player.text)")
    #expect(player.environment.items.lying == 3)
  }

  @Test func theRightThingIsDropped() throws {
    let player = try player(on: ["('*',\"ruby\")"])
    let ruby = try type("ruby", player)
    try player.play(NetHackFullAction(.pickUp))
    let slot = try #require(types(player).firstIndex(of: ruby), "\(player.text)")
    let factor = NetHackActions.places[NetHackVerb.drop.rawValue].item!
    #expect(player.legal(factor).contains(slot))
    // What is wielded is not offered.
    let items = player.environment.items
    let sword = try #require(items.pack[..<items.packed].firstIndex { $0.isWorn(TENGU_WORN_WEAPON) })
    #expect(!player.legal(factor).contains(sword))
    try player.play(NetHackFullAction(.drop, item: slot))
    #expect(!types(player).contains(ruby))
    #expect(player.environment.items.lying == 1 && player.environment.items.floor[0].type == ruby)
  }

  @Test func aRingIsPutOnAndTakenOff() throws {
    let player = try player(on: ["('=',\"protection\"),uncursed"])
    let ring = try type("protection", player)
    #expect(!player.isLegal(.putOn) && !player.isLegal(.remove))
    try player.play(NetHackFullAction(.pickUp))
    let slot = try #require(types(player).firstIndex(of: ring), "\(player.text)")
    #expect(player.isLegal(.putOn) && !player.isLegal(.remove))
    try player.play(NetHackFullAction(.putOn, item: slot))
    #expect(player.environment.items.pack[slot].isWorn(TENGU_WORN_RINGS), "\(player.text)")
    // With one ring on, the game takes it off without a question, and no key may be left over.
    let place = player.environment.survey.hero
    #expect(player.isLegal(.remove) && !player.isLegal(.putOn))
    try player.play(NetHackFullAction(.remove, item: slot))
    #expect(!player.environment.items.pack[slot].isWorn(TENGU_WORN_RINGS), "\(player.text)")
    #expect(player.environment.survey.hero == place)
  }

  @Test func nothingIsSaidOfWhatThePlayerCannotKnow() throws {
    // Both are "bag"; the game itself numbers them differently.
    let player = try player(on: ["('(',\"bag of holding\")", "('(',\"sack\")", "('/',\"cold\")"])
    let items = player.environment.items
    let kinds = Dictionary(uniqueKeysWithValues: items.floor[..<items.lying].map { ($0.type, NetHackItems.kind($0)) })
    #expect(try kinds[type("bag of holding", player)] == kinds[type("sack", player)])
    #expect(try kinds[type("cold", player)] != kinds[type("sack", player)])
    let wand = try #require(items.floor[..<items.lying].first { $0.kindOfThing == .wand })
    #expect(Int(wand.enchantment) == TENGU_UNKNOWN_ENCHANTMENT && wand.blessing == 0)
  }
}
