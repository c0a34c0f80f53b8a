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
