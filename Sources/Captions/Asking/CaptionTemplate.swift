/// The common text of captions that differ only in numbers and in creatures' names.
///
///     You kill the acid blob!   ->   You kill the {creature}!
///     $ - 17 gold pieces.       ->   $ - {number} gold pieces.
///
/// An "an" before a name becomes "a", so that the article does not tell names apart. Names match as whole words, the
/// longest first. Names that the player gives are unknown and stay.
public enum CaptionTemplate {
  /// The template of a caption; the caption itself if it has neither numbers nor names.
  public static func of(_ caption: some Collection<UInt8>) -> [UInt8] {
    let text = Array(caption)
    var template: [UInt8] = []
    template.reserveCapacity(text.count)
    var position = 0
    while position < text.count {
      if isDigit(text[position]) {
        template += number
        while position < text.count, isDigit(text[position]) { position += 1 }
      } else if isWordStart(text, position), let end = creatureEnd(text, position) {
        if template.ends(with: " an ") || template == Array("an ".utf8) { template.remove(at: template.count - 2) }
        template += creature
        position = end
      } else {
        template.append(text[position])
        position += 1
      }
    }
    return template
  }

  private static let number = Array("{number}".utf8)
  private static let creature = Array("{creature}".utf8)

  /// Names by their first byte, the longest first.
  private static let namesByFirstByte: [UInt8: [[UInt8]]] = {
    let names = CreatureNames.all.map { Array($0.utf8) }.filter { !$0.isEmpty }
    return Dictionary(grouping: names) { $0[0] }.mapValues { $0.sorted { $0.count > $1.count } }
  }()

  /// The end of the creature's name that starts here; nil if there is none.
  private static func creatureEnd(_ text: [UInt8], _ start: Int) -> Int? {
    for name in namesByFirstByte[text[start]] ?? [] {
      let end = start + name.count
      if end <= text.count, !(end < text.count && isWordPart(text[end])), text[start..<end].elementsEqual(name) {
        return end
      }
    }
    return nil
  }

  private static func isWordStart(_ text: [UInt8], _ position: Int) -> Bool {
    position == 0 || !isWordPart(text[position - 1])
  }

  /// ASCII letters, and the hyphen that joins parts of a name.
  private static func isWordPart(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "-")
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

extension [UInt8] {
  fileprivate func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}

/// The creatures of NetHack 3.6, as its messages call them.
enum CreatureNames {
  static let all: [String] = text.split(whereSeparator: { $0 == "," || $0 == "\n" }).map { name in
    String(name.drop { $0 == " " })
  }

  private static let text = """
    Aleax, Angel, Arch Priest, Archon, Ashikaga Takauji, Asmodeus, Baalzebub, Chromatic Dragon, Croesus, Cyclops,
    Dark One, Death, Demogorgon, Dispater, Elvenking, Famine, Geryon, Grand Master, Green-elf, Grey-elf,
    Hippocrates, Ixoth, Juiblex, Keystone Kop, King Arthur, Kop Kaptain, Kop Lieutenant, Kop Sergeant,
    Lord Carnarvon, Lord Sato, Lord Surtur, Master Assassin, Master Kaen, Master of Thieves, Medusa,
    Minion of Huhetotl, Mordor orc, Nalzok, Nazgul, Neferet the Green, Norn, Olog-hai, Oracle, Orcus, Orion,
    Pelias, Pestilence, Scorpius, Shaman Karnov, Thoth Amon, Twoflower, Uruk-hai, Vlad the Impaler,
    Wizard of Yendor, Woodland-elf, Yeenoghu, abbot, acid blob, acolyte, air elemental, aligned priest, ape,
    apprentice, arch-lich, archeologist, attendant, baby black dragon, baby blue dragon, baby crocodile,
    baby gray dragon, baby green dragon, baby long worm, baby orange dragon, baby purple worm, baby red dragon,
    baby silver dragon, baby white dragon, baby yellow dragon, balrog, baluchitherium, barbarian, barbed devil,
    barrow wight, bat, black dragon, black light, black naga, black naga hatchling, black pudding, black unicorn,
    blue dragon, blue jelly, bone devil, brown mold, brown pudding, bugbear, captain, carnivorous ape,
    cave spider, caveman, cavewoman, centipede, chameleon, chickatrice, chieftain, clay golem, cobra, cockatrice,
    couatl, coyote, crocodile, demilich, dingo, disenchanter, djinni, dog, doppelganger, dust vortex, dwarf,
    dwarf king, dwarf lord, dwarf mummy, dwarf zombie, earth elemental, electric eel, elf, elf mummy, elf zombie,
    elf-lord, energy vortex, erinys, ettin, ettin mummy, ettin zombie, fire ant, fire elemental, fire giant,
    fire vortex, flaming sphere, flesh golem, floating eye, fog cloud, forest centaur, fox, freezing sphere,
    frost giant, gargoyle, garter snake, gas spore, gecko, gelatinous cube, ghost, ghoul, giant, giant ant,
    giant bat, giant beetle, giant eel, giant mimic, giant mummy, giant rat, giant spider, giant zombie,
    glass golem, glass piercer, gnome, gnome king, gnome lord, gnome mummy, gnome zombie, gnomish wizard, goblin,
    gold golem, golden naga, golden naga hatchling, gray dragon, gray ooze, gray unicorn, green dragon,
    green mold, green slime, gremlin, grid bug, guard, guardian naga, guardian naga hatchling, guide, healer,
    hell hound, hell hound pup, hezrou, high priest, hill giant, hill orc, hobbit, hobgoblin, homunculus,
    horned devil, horse, housecat, human, human mummy, human zombie, hunter, ice devil, ice troll, ice vortex,
    iguana, imp, incubus, iron golem, iron piercer, jabberwock, jackal, jaguar, jellyfish, ki-rin, killer bee,
    kitten, knight, kobold, kobold lord, kobold mummy, kobold shaman, kobold zombie, kraken, large cat,
    large dog, large kobold, large mimic, leather golem, lemure, leocrotta, leprechaun, lich, lichen, lieutenant,
    little dog, lizard, long worm, long worm tail, lurker above, lynx, manes, marilith, master lich,
    master mind flayer, mastodon, mind flayer, minotaur, monk, monkey, mountain centaur, mountain nymph, mumak,
    nalfeshnee, neanderthal, newt, ninja, nurse, ochre jelly, ogre, ogre king, ogre lord, orange dragon, orc,
    orc mummy, orc shaman, orc zombie, orc-captain, owlbear, page, panther, paper golem, piranha, pit fiend,
    pit viper, plains centaur, pony, priest, priestess, prisoner, purple worm, pyrolisk, python,
    quantum mechanic, quasit, queen bee, quivering blob, rabid rat, ranger, raven, red dragon, red mold,
    red naga, red naga hatchling, rock mole, rock piercer, rock troll, rogue, rope golem, roshi, rothe,
    rust monster, salamander, samurai, sandestin, sasquatch, scorpion, sergeant, sewer rat, shade, shark,
    shocking sphere, shopkeeper, shrieker, silver dragon, skeleton, small mimic, snake, soldier, soldier ant,
    spotted jelly, stalker, steam vortex, stone giant, stone golem, storm giant, straw golem, student, succubus,
    tengu, thug, tiger, titan, titanothere, tourist, trapper, troll, umber hulk, valkyrie, vampire, vampire bat,
    vampire lord, violet fungus, vrock, warg, warhorse, warrior, watch captain, watchman, water demon,
    water elemental, water moccasin, water nymph, water troll, werejackal, wererat, werewolf, white dragon,
    white unicorn, winged gargoyle, winter wolf, winter wolf cub, wizard, wolf, wood golem, wood nymph,
    woodchuck, wraith, wumpus, xan, xorn, yellow dragon, yellow light, yellow mold, yeti, zruty
    """
}
