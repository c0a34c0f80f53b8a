extension RuleTable {
  /// What brings the game forward.
  static let netHackProgress = """
    # Kills by the player's own hand.
    1 kill     You kill the *!
    1 kill     You kill it!
    1 kill     You destroy the *!
    1 kill     You destroy it!
    1 kill     The * is killed by your *!

    # Experience, attributes and powers.
    1 level    Welcome to experience level {number}.
    1 level    Welcome back to experience level {number}.
    1 level    You feel more experienced.
    1 level    You feel more confident in your *skills.
    1 level    You are now *skilled in *
    1 level    You feel strong!
    1 level    You feel stronger*
    1 level    You feel very strong!
    1 level    You feel smart!
    1 level    You feel very smart!
    1 level    You feel wise!
    1 level    You feel very wise!
    1 level    You feel agile!
    1 level    You feel very agile!
    1 level    You feel tough!
    1 level    You feel very tough!
    1 level    You feel charismatic!
    1 level    You feel very fast*
    1 level    You feel quick!
    1 level    You feel fast!
    1 level    You speed up*
    1 level    You feel hardy*
    1 level    You feel healthy*
    1 level    You feel especially healthy.
    1 level    You feel wide awake.
    1 level    You feel full of hot air.
    1 level    You feel a momentary chill.
    1 level    You feel very firm.
    1 level    Your health currently feels amplified!
    1 level    You feel sensitive!
    1 level    You feel stealthy!
    1 level    You feel perceptive!
    1 level    You feel controlled!
    1 level    You feel in control of yourself.
    1 level    You feel in touch with the cosmos.
    1 level    You feel a strange mental acuity.
    1 level    You feel very jumpy.
    1 level    You feel diffuse.
    1 level    You rise up, through the *!
    1 level    You are invigorated*
    1 level    You feel full of energy.
    1 level    Magical energies course through your body.
    1 level    You feel great*

    # Deeper.
    1 descend  You climb down the *
    1 descend  You descend *
    1 descend  There is a staircase down here.
    1 descend  There is a ladder down here.
    1 descend  There is a hole here.
    1 descend  There is a trap door here.
    1 descend  You fall through*
    1 descend  You fall down a *shaft!
    1 descend  A trap door opens up under you!
    1 descend  There's a gaping hole under you!
    1 descend  You dig a hole through the *
    1 descend  You enter what seems to be an older, more primitive world.
    1 descend  You enter dungeon level {number}.
    1 descend  You arrive at *
    1 descend  You hear the sounds of civilization.

    # Ways and maps.
    1 explore  You find a *door.
    1 explore  You find a *passage.
    1 explore  You find a *corridor.
    1 explore  You find a *trap.
    1 explore  You break through a secret door!
    1 explore  You kick open a secret *
    1 explore  The door crashes open!
    1 explore  As you kick the door, it *
    1 explore  You break open the lock!
    1 explore  The door opens.
    1 explore  The door unlocks!
    1 explore  The door splinters!
    1 explore  You succeed in *
    1 explore  You unlock the *
    1 explore  You smash open *
    1 explore  You have a map of the level *
    1 explore  A map coalesces in your mind!
    1 explore  An image forms in your mind.
    1 explore  A lit field surrounds you!
    1 explore  You dig through *
    1 explore  You cut through *
    1 explore  Now you can cross it!
    1 explore  You push the boulder into the pit*
    1 explore  The boulder fills a pit*
    1 explore  The boulder fills the pit*
    1 explore  The boulder sinks *
    1 explore  You crawl to the edge of the *
    1 explore  You climb out of *

    # Loot. What is already worn, wielded or chained to the player is none.
    0 gear     {letter} - * (weapon in *
    0 gear     {letter} - * (wielded*
    0 gear     {letter} - * (alternate weapon*
    0 gear     {letter} - * (at the ready*
    0 gear     {letter} - * (in quiver*
    0 gear     {letter} - * (being worn*
    0 gear     {letter} - * (on left *
    0 gear     {letter} - * (on right *
    0 gear     {letter} - * (embedded in *
    0 gear     {letter} - * (unpaid*
    0 gear     {letter} - * (chained to you*
    0 gear     You see here * (chained to you).
    0 gear     You see here * corpse.
    0 gear     You see here * corpses.
    0 gear     You see here a statue *
    0 gear     You see here a boulder.
    0 gear     You see here * (for sale*
    0 gear     You see here * (unpaid*
    1 loot     $ - {number} gold pieces*
    1 loot     $ - a gold piece*
    1 loot     You see here *
    1 loot     {letter} - *
    1 loot     There are several objects here.
    1 loot     There are many objects here.
    1 loot     There are * objects here.
    1 loot     You find {number} gold pieces *
    1 loot     You find an engagement ring*
    1 loot     You see coins glistening *
    1 loot     You dig up *
    1 loot     You may wish for an object.

    # Food and health.
    1 eat      This * is delicious!
    1 eat      This * is surprisingly good!
    1 eat      This * is excellent!
    1 eat      This * tastes okay.
    1 eat      This tastes just like chicken!
    1 eat      It seems quite tasty.
    1 eat      That was pure chewing satisfaction!
    1 eat      You finish eating *
    1 eat      You're finally finished.
    1 eat      You feel less hungry.
    1 eat      Your hunger is satisfied*
    1 eat      You consume *
    1 eat      Core dumped.
    1 eat      Delicious!*
    1 eat      Mmm, tripe*
    1 eat      It contains spinach.
    1 eat      This makes you feel like Popeye!
    1 heal     You feel much better.
    1 heal     You feel better.
    1 heal     Strangely, you feel better than before.
    1 heal     Your * feels better.
    1 heal     Your * feel better.
    1 heal     Your * feels somewhat better.
    1 heal     You can see again.
    1 heal     You feel less confused now.
    1 heal     You feel less * now.
    1 heal     You feel limber!
    1 heal     You feel more limber.
    1 heal     You feel purified.
    1 heal     What a relief!
    1 heal     You are cured*
    1 heal     Your vision *clears*
    1 heal     The slime disappears*

    # The god's favour, enchantments and knowledge.
    1 divine   You feel that * is well-pleased.
    1 divine   You feel that * is satisfied.
    1 divine   You feel a hopeful feeling.
    1 divine   You have a hopeful feeling.
    1 divine   You have a feeling of reconciliation.
    1 divine   You fix all your troubles.
    1 divine   You are surrounded by a *light.
    1 divine   You are surrounded by * glow.
    1 divine   You feel like someone is helping you.
    1 enchant  Your * glows blue*
    1 enchant  Your * glow blue*
    1 enchant  Your * glows silver*
    1 enchant  Your * glow silver*
    1 enchant  Your * softly glows *
    1 enchant  Your * softly glow *
    1 enchant  Your * glows golden *
    1 enchant  It is now +{number}.
    1 learn    You add *to your repertoire*
    1 learn    You add the *
    1 learn    You learn *
    1 learn    You have learned *
    1 learn    You discover *
    1 learn    Your knowledge of * is keener.
    1 learn    This is a scroll of *!
    1 learn    This is a *scroll.
    1 learn    This is an identify scroll.
    1 learn    This * is a wand of *
    1 learn    You feel knowledgeable*
    1 learn    You understand *
    """
}
