extension RuleTable {
  /// "You feel ...", "You have a feeling of ...": states of the player.
  static let netHackFeelings = """
    # The god's mood.
    1 divine you feel that {np} is {degree}? {praise}
    0 divine you feel that ...
    1 divine you feel the? power of {np} increase
    1 divine you feel/have a? {degree}? feeling of {boon}
    1 divine you feel/have a hopeful feeling
    1 divine you feel {degree}? {degree}? like/as if? someone/somebody is helping you
    1 divine you feel partially? absolved

    # Powers and attributes that come or go.
    1 level you feel in? {degree}? touch/control/harmony/tune/charge with/of {np}
    1 level you feel in? {degree}? touch/control/harmony/tune/charge with/of {np} {np}
    1 level you feel centered in {np}
    1 level you feel raised/restored to {np}
    1 level you feel full of {boon}
    1 level you feel full of hot air
    1 level you feel {degree}? {degree}? {degree}? confident in {np}
    1 level you feel yourself speed/speeding up
    1 level you feel your {np} {thrive}
    1 level you feel a? {degree}? {np+boon}
    1 level you feel a momentary chill
    1 level you feel {degree}? {degree}? {degree}? {good} {after}? {after}? {after}? {after}?
    1 heal  you feel less/no {degree}? {bad} {after}?
    1 heal  you only feel hungry now
    1 heal  you feel good enough to {np}
    0 harm  you feel less {good} {after}?
    0 harm  you feel ... {not} ...
    0 harm  you feel your/yourself/the ... {decline} ...
    0 harm  you feel a/an/the/your ... {bane} ...
    0 harm  you feel as/like/somehow/deprived/yourself ...
    0 harm  you feel {degree}? {degree}? {degree}? {bad} ...
    0 harm  you feel drained/full of/by ...

    # Feelings without a thing to gain.
    0 mood you have/get a/an/the ... feeling/idea/sense/premonition ...
    1 heal you are cured/healed/purified/restored/refreshed/rejuvenated/saved/invigorated {np}
    1 heal you are cured/healed/purified/restored/refreshed/rejuvenated/saved/invigorated
    1 heal you have been cured/healed/purified/immunized/restored {np}
    1 heal you have been cured/healed/purified/immunized/restored
    1 heal you can see/hear/move/breathe/walk/speak/think/smell again
    1 heal you can see/hear/move/breathe/walk/speak/think {np} again
    1 heal you can breathe more easily
    1 heal you regain {np}
    1 heal you are back on {np}
    1 heal you are no longer {bad}
    1 heal you no longer feel {bad} {after}?
    """

  /// What the player does and what becomes of the player.
  static let netHackDeeds = """
    # Kills by the player's own hand.
    1 kill you {slay} {np}
    1 kill you bite/slice/cut/chop off? {np} head off?
    1 kill you swallow {np} whole
    1 kill you tame/befriend/pacify/charm {np}
    1 kill you turn {np} to dust/stone

    # Experience, attributes and powers.
    1 level welcome back? to experience level {number}
    1 level you are now {degree}? skilled in {np}
    1 level you advance {np}
    1 level you must have been {np}
    1 level you speed up
    1 level you are {degree}? {degree}? moving {degree}? faster
    1 level you walk {degree}? quietly
    1 level you are surrounded by a/an? {np+light}
    1 level you can see through yourself {np}
    1 level you cannot see yourself
    1 level you can see right? through yourself
    1 level you wrest {np} last charge
    1 level you learn/relearn/memorize/master {np}
    1 level you learn
    1 level you add {np} to your repertoire
    1 level you add {np} to your repertoire as {letter}
    1 level you identify/recognize/understand {np}
    1 level you gain/acquire/receive/obtain/recover {np}
    1 level you glimpse {np}
    1 level you think something brushed {np}
    1 level you will always remember {np}

    # Deeper.
    0 harm    you fall/tumble/trip/stumble down the? stairs/ladder ...
    0 harm    you do not fall through
    1 descend you fall/slide/float/plunge down {np+shaft}
    1 descend you climb/walk/go/jump/crawl down {np}
    1 descend you descend {np}
    1 descend you fall/drop/plunge/jump/dive through {np}
    1 descend you fall/drop/plunge through
    1 descend you have? enter/entered/reach/reached/penetrate/penetrated {np+place}
    1 descend you arrive/arrived/emerge at/in {np}
    1 descend you rise up through {np}
    1 descend you activated/activate/enter/step? through? a? magic? portal
    1 descend you are standing at the top of {np} leading down
    1 descend you dig a hole through {np}
    1 descend you ascend {np}
    1 descend you offer the amulet {np}

    # Ways, maps and hidden things.
    0 explore you {finding} no/nothing/you/that/it/yourself ...
    0 explore you {finding} a conflict ...
    1 explore you {finding} {np+discovery}
    1 explore you {finding} {np+treasure}
    1 explore you {finding} {np+presence}
    1 explore you see/notice {np+treasure}
    1 explore far below you you see/notice {np+treasure}
    1 explore you have/gain/get a map of {np}
    1 explore you dig/cut/break/smash/burn/tear/hack/chop/tunnel/bore your? way? through {np}
    1 explore you make an/a opening/hole/gap/way in/through {np}
    1 explore you succeed in {np}
    1 explore you manage to {np}
    1 explore you push/move {np} into {np}
    1 explore you cut/chop/hew/break down {np}
    1 explore you loosen {np}
    1 explore you can squeeze {np}
    1 explore now you can {np}
    1 explore you hear {number} tumbler/tumblers click
    1 explore you hear {number} tumbler/tumblers click {np}
    1 explore you hear the sounds of civilization
    1 explore you receive a/an/the {np} message {np}

    # Locks, traps and bonds.
    1 free you unlock/disarm/untrap/unchain/defuse {np}
    1 free you kick/smash/break/bash/pry/force/burst/push open/down {np}
    1 free you pry apart {np}
    1 free you smash/break/bash/pry/force/kick/burn/tear {np} open/down/apart/away
    1 free you get/are released/freed/expelled/regurgitated/loose/free
    1 free you {degree}? finally? pull/break/wriggle/struggle/squirm/tear/cut/get yourself? free/loose
    1 free you {degree}? finally? pull/break/wriggle/struggle/squirm/tear/cut/get yourself? free/loose of/from {np}
    1 free you disentangle/extricate/free/untangle yourself
    1 free you disentangle/extricate/free/untangle yourself from {np}
    1 free you crawl/climb/float/clamber/scramble/jump/swim/get up? out? to? of? {np+edge}
    1 free you destroy/burn/clear/remove {np} web away?

    # Food.
    1 eat you finish eating/drinking {np}
    1 eat you consume/devour {np}
    1 eat you are finally finished
    """
}
