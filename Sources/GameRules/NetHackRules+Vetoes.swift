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
