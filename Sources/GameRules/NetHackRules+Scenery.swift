extension RuleTable {
  /// What the game tells in passing. Broad, so it stands last.
  static let netHackScenery = """
    0 scenery  ""*
    0 scenery  * welcome to NetHack!
    0 scenery  Welcome *
    0 scenery  Be careful*
    0 scenery  Watch out!
    0 scenery  Wait!
    0 scenery  Bad things can happen *
    0 scenery  New moon tonight.
    0 scenery  Full moon tonight.
    0 scenery  You hear *
    0 scenery  You read:*
    0 scenery  You read *
    0 scenery  You smell *
    0 scenery  You see *
    0 scenery  You sense *
    0 scenery  You notice *
    0 scenery  You look *
    0 scenery  You hit *
    0 scenery  You strike *
    0 scenery  You smite *
    0 scenery  You bite *
    0 scenery  You claw *
    0 scenery  You begin *
    0 scenery  You start *
    0 scenery  You finish *
    0 scenery  You continue *
    0 scenery  You write *
    0 scenery  You engrave *
    0 scenery  You add to the *
    0 scenery  You scratch *
    0 scenery  You scrawl *
    0 scenery  You wipe out *
    0 scenery  You will overwrite *
    0 scenery  You disturb *
    0 scenery  You ready: *
    0 scenery  You now *
    0 scenery  You drop *
    0 scenery  You throw *
    0 scenery  You wave *
    0 scenery  You pray*
    0 scenery  You could *
    0 scenery  You open *
    0 scenery  You close *
    0 scenery  You carefully *
    0 scenery  You move *
    0 scenery  You pass *
    0 scenery  You walk *
    0 scenery  You enter *
    0 scenery  You leave *
    0 scenery  You were wearing *
    0 scenery  You resume *
    0 scenery  You bump *
    0 scenery  You attack thin air.
    0 scenery  You feel here *
    0 scenery  You have {number} *
    0 scenery  With *effort you *
    0 scenery  However, you can *
    0 scenery  There is a staircase up here.
    0 scenery  There is a ladder up here.
    0 scenery  There is *doorway here.
    0 scenery  There is * door here.
    0 scenery  There is a fountain here.
    0 scenery  There is a sink here.
    0 scenery  There is a grave here.
    0 scenery  There is an altar *
    0 scenery  There is * trap here.
    0 scenery  There's some graffiti *
    0 scenery  There's something there you can't see!
    0 scenery  Something is *
    0 scenery  Some text *
    0 scenery  Time stands still *
    0 scenery  As you *
    0 scenery  The voice of *
    0 scenery  The * ray bounces!
    0 scenery  Your * corpse rots away.
    0 scenery  The magical energy is released!
    """
}
