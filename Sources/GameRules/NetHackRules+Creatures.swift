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
