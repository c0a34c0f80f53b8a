import Environments
import Testing

@testable import NetHack

/// Which heroes a run may name.
@Suite struct NetHackHeroTests {
  @Test(arguments: ["mon-hum-neu-mal", "@", "val-dwa-fem-law", "ARC-gno-neu-fem", "hum-mal-mon-cha"])
  func aHeroIsTakenInAnyOrderAndCase(text: String) throws {
    #expect(try NetHackHero(text).description == text)
  }

  @Test(arguments: [
    ("foo", "\"foo\" is not one of its parts"), ("zzz-hum-neu-mal", "\"zzz\" is not one of its parts"),
    ("mon-gno-law-fem", "the race of a hero of role mon is hum, never gno"),
    ("pri-elf-law-mal", "the alignment of a hero of race elf is cha, never law"),
    ("sam-hum-cha-fem", "the alignment of a hero of role sam is law, never cha"),
    ("val-hum-law-mal", "the gender of a hero of role val is fem, never mal"),
    ("mon-hum-neu", "names no gender"), ("mon", "names no race"), ("mon-wiz-hum-neu-mal", "names 2 times a role"),
    ("mon-hum-neu-mal-", "\"\" is not one of its parts"), ("", "\"\" is not one of its parts"),
    ("mon,color", "\"mon,color\" is not"), ("@@", "\"@@\" is not"), ("mon-hum-neu-@", "\"@\" is not"),
  ])
  func anotherHeroIsRefusedWithTheReason(text: String, reason: String) {
    #expect {
      try NetHackHero(text)
    } throws: { "\($0)".hasPrefix("character \"\(text)\": ") && "\($0)".contains(reason) }
  }

  @Test func thereAre13RolesAndEachHeroOnce() {
    #expect(Set(NetHackHero.all.map { $0.prefix(3) }).count == 13)
    #expect(Set(NetHackHero.all).count == NetHackHero.all.count)
    #expect(NetHackHero.all.allSatisfy { (try? NetHackHero($0)) != nil })
  }

  /// The game itself says who plays.
  @Test(.enabled(if: NetHackInstallation.isPresent)) func theGamePlaysTheHeroThatIsNamed() throws {
    let words = [
      "arc": "Archeologist", "bar": "Barbarian", "cav": "Cave", "hea": "Healer", "kni": "Knight", "mon": "Monk",
      "pri": "Priest", "ran": "Ranger", "rog": "Rogue", "sam": "Samurai", "tou": "Tourist", "val": "Valkyrie",
      "wiz": "Wizard", "hum": "human", "elf": "elven", "dwa": "dwarven", "gno": "gnomish", "orc": "orcish",
      "law": "lawful", "neu": "neutral", "cha": "chaotic",
    ]
    var greeted = 0
    for hero in NetHackHero.all {
      var options = NetHackInstallation.options("NetHackScore", keys: ["message"])
      options.settings["character"] = .text(hero)
      let player = try NetHackRandomPlayer(options, seed: 1)
      // Another message may hide the greeting.
      var greeting = ""
      for seed in UInt64(7)..<17 where !greeting.contains("welcome to NetHack") {
        try player.environment.reset(seed: seed, into: player.output)
        greeting = String(decoding: player.values("message", as: UInt8.self).prefix { $0 != 0 }, as: UTF8.self)
      }
      // "Hello Agent, welcome to NetHack!  You are a neutral male human Monk." A role of one gender does not name it.
      // A line that is too long for it and the moon's message is passed over.
      if !greeting.contains("welcome to NetHack") { continue }
      greeted += 1
      for part in hero.split(separator: "-").prefix(3) {
        #expect(greeting.contains(try #require(words[String(part)])), "\(hero): \(greeting)")
      }
    }
    #expect(greeted * 4 > NetHackHero.all.count * 3)
  }
}
