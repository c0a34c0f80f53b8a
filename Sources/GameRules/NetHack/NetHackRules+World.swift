extension RuleTable {
  /// Things, places and food.
  static let netHackWorld = """
    # A way down, or nothing but what is there.
    0 scene there is/are/was {not} ...
    1 descend there is a/an? {np+way} down here
    1 descend there is a hole/portal/gaping here
    1 descend there is a magic portal here
    1 descend there is a trap door here
    1 descend there is a gaping hole under you
    1 descend a hole/trapdoor opens up? under/beneath you
    1 descend a trap door opens up? under/beneath you
    1 descend it is hot here
    1 loot    there are {np+item} here
    0 scene there is/are/was ...

    # Doors and boxes open, boulders break and fill pits.
    1 open as you kick/hit/bash {np} it crashes/shatters/breaks/splinters/opens {np}
    1 open as you kick/hit/bash {np} it crashes/shatters/breaks/splinters/opens
    1 open {np} crashes/breaks/bursts/swings/flies/bounces/blows open
    1 open the {np+barrier} opens
    1 open the {np+barrier} unlocks
    1 open the {np+barrier} shatters/splinters/bursts/crumbles/dissolves/melts
    1 open the {np+barrier} falls/breaks/comes apart/down
    1 open the {np+barrier} is no problem to {np}
    1 open {np} is no problem to open
    1 open {np} totally? destroyed the {np+chamber}
    1 open {np} boulder fills/plugs {np}
    1 open {np} boulder triggers and plugs/fills {np}
    1 open {np} drawbridge coming/comes down
    1 open the neighborhood is {good}
    0 shut the/this/that {np+barrier} ...
    0 shut the lock ...

    # Knowledge.
    1 learn {np} map/image coalesces/forms/appears in your mind
    1 learn a/an/the map/image coalesces/forms/appears in your mind
    1 learn a lit field surrounds you
    1 learn this is a/an/the {np+identified}
    1 learn this/the {np+identified} is a/an {np+identified}
    1 learn you have found a/an {np+identified}
    1 learn wiped out {np}

    # Food and drink.
    0 eat this {np} ... {nasty} ...
    1 eat this {np} tastes/is {degree}? surprisingly? {tasty}
    1 eat this tastes {degree}? {tasty}
    1 eat this tastes just like {np}
    1 eat this makes you feel {degree}? {good}
    1 eat this makes you feel like popeye
    1 eat this/that satiates/satiated your stomach
    1 eat that/this {np} really? hit the spot
    1 eat that was pure {np} satisfaction
    1 eat that was real {np} food
    1 eat that was a {degree}? educational experience
    1 eat {tasty} {np}
    1 eat it contains spinach
    1 eat it seems/tastes {degree}? {tasty}
    1 eat the {np} draught refreshes you
    1 eat mmm tripe not bad
    1 eat {np} spreads through your body as you {np}
    1 eat {np} courses/course/flows/flow through your body
    0 eat this/that/it burns/tastes/is/was/makes/must ...
    """

  /// What creatures and things do; gains at their hands come first.
  static let netHackCreatures = """
    1 kill {np} beheads/decapitates {np}
    1 kill {np} cuts/slices/chops {np} in half/two
    1 kill {np} slices/cuts/chops {np} head off?
    1 kill {np} is/are killed/destroyed/slain by your {np}
    1 free {np} expels/releases/regurgitates/disgorges/frees you
    1 free {np} spits you out
    1 free the slime disappears
    1 loot {np} returns to your hand/hands
    1 loot {np} gratefully/graciously/gladly accepts your {np}
    1 loot {np} appears at/before/near your feet
    1 loot from {np} a hand reaches up to bless {np}
    1 pet  {np} grows up into {np}
    1 pet  {np} seems/looks/is {degree}? friendlier/mollified/friendly
    1 pet  {np} becomes {degree}? your {np+pet}
    1 heal the {np+shimmer} around you becomes {degree}? dense
    1 heal the air around you begins to shimmer {np}
    1 heal the water glows {np}
    1 heal everything looks {degree}? boring {after}?
    1 heal what a relief
    1 win  an invisible choir sings and you are {np}

    class fate killed dead destroyed slain missed unharmed awake asleep about here there over out gone empty locked closed
    class fate been in on at too already almost unaffected displeased uninterested interested angry hungry surprised
    0 world {np} {does} ...
    0 world {np} beneath/under/below/around/behind/above/near/toward/towards you ...
    0 world {np} would/will/can be ...
    0 world {np} {be} {degree}? {hurt}/{bad}/{not}/{fate} ...
    """

  /// Sentences without one of the subjects above: exclamations, labels, and what words of harm are in.
  static let netHackTone = """
    - cry ouch/oops/whamm/wham/thump/thud/thwack/crash/click/klick/klunk/clunk/boom/bang/splat/crunch/snap/wow/gee/aha
    - cry hmm/hmmm/mmm/mmmm/yum/wait/pheew/phew/whew/suddenly/slide/flupp/gulp/oh/ah/ooh/slurp
    - cry but wait
    - cry noop
    - cry thump/slide/crash/click/klick ...
    0 cry {degree}? ouch/ugh/ulch/blecch/yecch/ecch/bleah/yuck/yak/argh/eek/kaboom/kaablamm/kadoom/idiot/fool ...
    0 cry dumb/bad/nasty/illegal/invalid/unknown/unfortunately/nothing/too/rotten/perhaps/never ...
    0 cry thief/cad/mine/sir/madam ...
    0 cry hello/welcome/greetings/salutations/velkommen/aloha/konnichi/hallo/farewell/goodbye/be/watch/new/full ...
    0 cry ... {not} ...
    0 cry done/interesting/huh/usage/please/pardon/leave/drop/calling ...
    0 cry for you ... only ...
    0 cry something/someone/some is/are/has/have/wrote ...
    0 cry that/it hurts/hurt ...
    0 cry ... needs food badly
    0 cry that/it/this/these ... {bad}/{bane}/{nasty}/silly/wall/stone ...
    0 cry ... trap/traps/poison/poisoned/pit/damage/pain/vain/harm/death/wound/curse/cursed ...
    """
}
