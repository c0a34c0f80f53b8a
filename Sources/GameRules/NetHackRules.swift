extension RuleTable {
  /// The messages of NetHack 3.6 as one would read them with the game's goal in mind: kills, levels, loot, food,
  /// discoveries and descents are progress; refusals, prompts, harm and scenery are not.
  ///
  /// Order within a sentence: vetoes, then what creatures do (so that a creature's name cannot pass for an event),
  /// then progress, then the rest, which may be broad because it comes last.
  public static let netHack: RuleTable = {
    let text = [netHackVetoes, netHackCreatures, netHackProgress, netHackRefusals, netHackScenery]
    do {
      return try RuleTable(text.joined(separator: "\n"))
    } catch {
      preconditionFailure("the table is a constant that a test reads: \(error)")
    }
  }()
}

extension RuleTable {
  /// Prompts echo what the player types, and deaths and murders spoil whatever came with them.
  static let netHackVetoes = """
    # Prompts. The text after them is the player's.
    ! prompt   What do you want to *
    ! prompt   What monster do you want to *
    ! prompt   What class of monsters do you *
    ! prompt   For what do you wish*
    ! prompt   Do you want to *
    ! prompt   Call *:*
    ! prompt   Where do you want to *
    ! prompt   To what *level do you want to *
    ! prompt   Really *?*
    ! prompt   Are you sure *?*
    ! prompt   In what direction*
    ! prompt   * in what direction?*
    ! prompt   Continue*?*
    ! prompt   Which ring-finger*
    ! prompt   Count: *
    ! prompt   # *
    ! prompt   *? [*] (*)*
    ! prompt   *? [*]*

    # Death.
    ! death    You die*
    ! death    You drown*
    ! death    You starve*
    ! death    You suffocate*
    ! death    You burn to *
    ! death    You have died*
    ! death    You turn to stone*
    ! death    You turn into *slime*
    ! death    You have turned to stone*
    ! death    You are a statue*
    ! death    You dissolve*
    ! death    You disintegrate*
    ! death    Your brain is eaten*
    ! death    Do you want your possessions identified*

    # Murder and lost friends.
    ! murder   You murderer!
    ! murder   You hear the shrieks *
    ! murder   You kill the poor *
    ! murder   You kill poor *
    ! murder   You kill the peaceful *
    ! murder   You have a sad feeling for a moment, then it passes.
    ! murder   You feel guilty about *
    """
}

extension RuleTable {
  /// What creatures do, to the player and to each other.
  static let netHackCreatures = """
    # Blows.
    0 attack   * bites!
    0 attack   * hits!
    0 attack   * bites *
    0 attack   * hits *
    0 attack   * misses!
    0 attack   * misses *
    0 attack   * just misses!
    0 attack   * stings*
    0 attack   * kicks!
    0 attack   * kicks *
    0 attack   * butts!
    0 attack   * butts *
    0 attack   * claws *
    0 attack   * touches *
    0 attack   * thrusts *
    0 attack   * swings *
    0 attack   * throws *
    0 attack   * shoots *
    0 attack   * fires *
    0 attack   * zaps *
    0 attack   * spits *
    0 attack   * breathes *
    0 attack   * casts *
    0 attack   * engulfs *
    0 attack   * swallows *
    0 attack   * steals *
    0 attack   * stole *
    0 attack   * charms *
    0 attack   * gazes *
    0 attack   * explodes*
    0 attack   * turns to flee*
    0 attack   * blocks your *
    0 attack   * blocks the way*
    0 attack   * tries to *
    0 attack   The * is killed by the *
    0 attack   The * is killed!
    0 attack   The * is destroyed!

    # Errands.
    0 creature * picks up *
    0 creature * drops *
    0 creature * eats *
    0 creature * devours *
    0 creature * drinks *
    0 creature * reads *
    0 creature * wields *
    0 creature * puts on *
    0 creature * steps reluctantly *
    0 creature * moves only reluctantly*
    0 creature The * looks *
    0 creature The * appears *
    0 creature Suddenly, the * disappears *
    0 creature * falls asleep*
    0 creature * trips over *
    0 creature * falls into *
    0 creature * is caught in *
    0 creature * gets up *
    0 creature * is in the way!
    0 creature * is in your way!
    0 creature * is in the way.
    0 creature * is in your way.
    0 creature * doesn't want to *
    0 creature * doesn't seem to *
    0 creature The * seems *
    0 creature * whimpers*
    0 creature * yelps*
    0 creature * yowls*
    0 creature * opens a door.
    0 creature * is almost hit by *
    0 creature * is hit by *
    0 creature * evading your kick.
    0 creature * reels from *
    0 creature * gets zapped!
    0 creature * acts as though *
    0 creature * murmurs sweet nothings *
    0 creature * brushes against *
    0 creature * barks*
    0 creature * growls*
    0 creature * hisses*
    0 creature You displaced *
    0 creature You swap places with *
    0 creature You swap *
    0 creature You stop*
    """
}
