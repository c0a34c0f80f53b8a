extension RuleTable {
  /// What gods say, to the player as "thou".
  static let netHackSpeech = """
    class thou thou thee thy thine
    class wrath anger angered angry arrogant strayed infidel must durst relearn curse cursed punish pay die dost
    class wrath unworthy
    class wrath hast dared insult displeased destroy suffer fool mortal sin sins
    class grace pleased grant granted reward rewarded gift chosen crown dub bless blessed pious worthy serve accept debt
    1 divine {np} grant {thou} {np}
    1 divine {thou} {np+grace}
    1 divine {thou} hast pleased me {np} i grant {thou} {np}
    1 divine i {grace} {thou} {np}
    1 divine i {grace} {thou}
    1 divine use my gift {np}
    1 divine hark mortal
    0 divine ... {thou} ...
    0 divine {np} voice ...
    0 divine a/the voice ...
    """

  /// "Your ... glows blue.": what becomes of the player's things and body.
  static let netHackPossessions = """
    # Enchanted, recharged, mended.
    0 spoil your {np} violently/suddenly/briefly ...
    0 spoil your {np} glow/glows/is/are ... black/brown/purple/dark/dull/red ...
    0 spoil your {np} feels/feel less ...
    1 enchant your {np} softly/gently/briefly? glow/glows {np+shimmer}
    1 enchant your {np} glow/glows {np+shimmer}
    1 enchant your {np} spins/spin {np}
    1 enchant your {np} is/are surrounded by a? {np+shimmer}
    1 heal your {np} feel/feels {degree}? {degree}? {good} {after}?
    1 explore your {np} tingles and you smell {np}
    1 heal your {np} become/becomes {degree}? {good} {after}?
    1 heal your {np} {thrive} {np}
    1 heal your {np} {thrive}
    1 heal your {np} is/are {degree}? {good} {after}?
    1 heal your {np} currently feels {good}
    1 heal your {np} is/are satisfied/cured/healed/restored
    1 heal your chain disappears/vanishes/breaks
    1 heal your {np} seems/seem to brighten {np}
    1 heal your {np} bulge/bulges/swell/swells {np}
    1 heal your {np} gets/get new energy
    1 heal your {np} absorbs/absorb {np} energy
    1 divine your sacrifice is consumed in/by {np}
    1 divine your sacrifice disappears/vanishes
    1 learn your knowledge of {np} is keener
    1 learn your knowledge of is keener
    1 pet your {np} grows up into {np}

    # Spoilt, lost, in the way, of no use.
    0 spoil your {np} {not} ...
    0 spoil your {np} {spoilt} ...
    class worn rusty corroded rusted wet dirty lighter empty filled
    0 spoil your {np} is/are/has/have/feel/feels/turn/turns/get/gets {degree}? {degree}? {bad}/{hurt}/{worn} ...
    0 spoil your {np} is/are in/on/getting/growing/turning ...
    0 spoil your {np} would/must/need/needs/misses/miss/catch/catches/fly/flies/land/lands/steal/steals ...
    0 spoil your {np} will ...
    """
}
