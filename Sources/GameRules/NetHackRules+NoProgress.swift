extension RuleTable {
  /// What the game will not do, and what goes wrong.
  static let netHackRefusals = """
    # Walls and other refusals.
    0 refuse   It's a wall.
    0 refuse   It's solid stone.
    0 refuse   It's *
    0 refuse   Never mind.
    0 refuse   Nothing happens.
    0 refuse   What a strange direction!
    0 refuse   You can't *
    0 refuse   You cannot *
    0 refuse   You don't *
    0 refuse   You do not *
    0 refuse   You aren't *
    0 refuse   You are not *
    0 refuse   You have nothing *
    0 refuse   You have no *
    0 refuse   You have a little trouble *
    0 refuse   You have much trouble *
    0 refuse   You have extreme difficulty *
    0 refuse   You see no *
    0 refuse   You are unable *
    0 refuse   You are only able *
    0 refuse   You are already *
    0 refuse   You already *
    0 refuse   You are wielding that.
    0 refuse   You are carrying too much *
    0 refuse   You try to *
    0 refuse   You fail *
    0 refuse   You would *
    0 refuse   You need *
    0 refuse   You must *
    0 refuse   You lack *
    0 refuse   There is nothing *
    0 refuse   There is no *
    0 refuse   There isn't *
    0 refuse   There's nothing *
    0 refuse   This door *
    0 refuse   That door *
    0 refuse   This doorway has no door.
    0 refuse   That is *
    0 refuse   That would *
    0 refuse   This is too *
    0 refuse   Not wearing any *
    0 refuse   No *
    0 refuse   Unknown command *
    0 refuse   Unknown direction*
    0 refuse   Invalid *
    0 refuse   The door closes.
    0 refuse   The door is *
    0 refuse   The door resists*
    0 refuse   The door locks!
    0 refuse   The stairs are *
    0 refuse   It won't *
    0 refuse   Perhaps that's why *
    0 refuse   Your movements are *
    0 refuse   Your * too dull for engraving.
    0 refuse   Your * would get too dirty.
    0 refuse   Your * in no shape for kicking.
    0 refuse   Done.

    # Misses and bruises of the player's own making.
    0 miss     You miss*
    0 miss     You just miss*
    0 miss     WHAMM!!
    0 miss     WHAM*
    0 miss     Thump!
    0 miss     Ouch!
    0 miss     That hurts!
    0 miss     Dumb move!
    0 miss     You strain *
    0 miss     You kick *
    0 miss     Your * misses *
    0 miss     Your * gets dull*
    0 miss     Your * slips *

    # Harm.
    0 harm     You are *
    0 harm     You're *
    0 harm     You faint*
    0 harm     You feel weak*
    0 harm     You feel hungry*
    0 harm     You feel foolish!
    0 harm     You feel stupid!
    0 harm     You feel clumsy!
    0 harm     You feel fragile!
    0 harm     You feel repulsive!
    0 harm     You feel ill*
    0 harm     You feel sick*
    0 harm     You feel very sick*
    0 harm     You feel a burning *
    0 harm     You feel drained*
    0 harm     You feel tired*
    0 harm     You feel confused*
    0 harm     You feel * confused*
    0 harm     You feel your magical energy drain *
    0 harm     You feel momentarily *
    0 harm     You feel rather light headed.
    0 harm     You feel very attracted *
    0 harm     You dishonorably *
    0 harm     You feel that monsters *
    0 harm     You feel that * is displeased.
    0 harm     You feel that * is *
    0 harm     You feel guilty*
    0 harm     You feel slower*
    0 harm     You slow down*
    0 harm     You feel yourself slow*
    0 harm     You fall *
    0 harm     You land on *
    0 harm     You trip *
    0 harm     You stumble*
    0 harm     You stagger*
    0 harm     You choke *
    0 harm     You vomit*
    0 harm     You hit your *
    0 harm     You get zapped!
    0 harm     You get *
    0 harm     You lose *
    0 harm     You wake up*
    0 harm     You hunger*
    0 harm     You caitiff*
    0 harm     You have strayed*
    0 harm     You have angered*
    0 harm     You have been *
    0 harm     You slip *
    0 harm     You suddenly *
    0 harm     You escape a *
    0 harm     Blecch!
    0 harm     Ulch*
    0 harm     Ugh*
    0 harm     Ecch*
    0 harm     Yuck*
    0 harm     Rotten food!
    0 harm     This * tastes *
    0 harm     This * is bland.
    0 harm     A * trap *
    0 harm     A trap door in the ceiling opens*
    0 harm     A little dart *
    0 harm     An arrow shoots *
    0 harm     A gush of water *
    0 harm     A cloud of *
    0 harm     A board beneath *
    0 harm     A pit opens *
    0 harm     KAABLAMM!!!*
    0 harm     KABOOM!!*
    0 harm     Everything *dark*
    0 harm     The world spins *
    0 harm     It blinds you*
    0 harm     Your * strangles *
    0 harm     Your * rusts*
    0 harm     Your * rust*
    0 harm     Your * corrode*
    0 harm     Your * burn*
    0 harm     Your * turns to dust*
    0 harm     A black glow surrounds you.
    0 harm     The * crashes on your head*
    0 harm     Your * welded to your *
    0 harm     Your * evaporates*
    0 harm     Your * is destroyed*
    0 harm     Your * is ruined*
    0 harm     Your * catches fire*
    0 harm     Your * freezes *
    0 harm     Your * glows black*
    0 harm     Thou *
    """
}

extension RuleTable {
  /// Descriptions. These patterns are broad, so they come last.
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
