extension RuleTable {
  /// The word classes of the rules, for what happens and how it is felt.
  static let netHackWords = """
    # Verbs in the third person, and those of being.
    class be is are was were has had does did will would can cannot
    class does bites hits misses stings kicks butts claws touches thrusts swings throws shoots fires zaps spits breathes
    class does casts engulfs swallows steals stole charms gazes explodes blocks tries picks drops eats devours drinks
    class does reads wields puts trips whimpers yelps yowls reels acts murmurs brushes barks growls hisses dies flees
    class does attacks follows disappears appears seems looks turns moves steps arrives vanishes howls purrs grows begs
    class does whines wears jumps falls gets lands rusts corrodes rots burns shatters breaks slips evaporates
    class does vibrates freezes boils crumbles melts fades dims flickers dulls strangles tightens constricts squeezes
    class does grabs holds hugs crushes pulls pushes knocks hurls pelts lashes whips drains sucks curses mumbles chants
    class does summons calls screams shrieks roars snarls chirps mews neighs yips snorts gurgles hoots squeaks buzzes
    class does opens closes locks unlocks resists shrugs dodges evades avoids escapes stumbles staggers collapses
    class does starves faints sleeps awakens wakes rises sinks floats flies walks crawls slithers oozes creeps emerges
    class does shouts says whispers booms thunders mutters laughs chuckles cackles sobs cries sings asks demands offers
    class does gives takes grants accepts refuses rejects ignores welcomes greets thanks owes pays sells buys
    class does absorbs reflects bounces whizzes ricochets strikes slices stabs pierces cleaves pricks scratches tears
    class does erupts gushes billows pours surrounds envelops covers fills plugs hides reveals shows contains becomes
    class does stops starts begins continues finishes ends comes goes leaps charges rushes staggered died killed bit
    class does wipes digs cuts splinters crashes swims dives drowns suffocates spins quivers shakes shudders trembles
    class does glows shines gleams shimmers sparkles flashes tingles itches twitches wants likes feels tastes smells
    class does prevents disintegrates bubbles widens connects sticks clings expels regurgitates releases frees
    class does unleashes attracts heals cures improves spoils dilutes

    class does blinds burps calms catches changes confuses coughs divides drips encourages fails forms fries gallops
    class does glares
    class does glistens gulps heaves hums invokes jerks loosens lunges misfires multiplies nuzzles passes permits plays
    class does preaches pretends rattles reaches remits replaces reverts rouses rubs rumbles runs sears seeps senses
    class does shrinks snaps snatches sounds speaks splashes springs stares streaks taps teleports transforms untraps
    class does waves writhes yanks blesses sprays cools solidifies

    # What no noun phrase has, so that a name that is chosen to look like an event cannot pass for one.
    class clause {does} {be} you

    # Denial.
    class not not cannot no nothing never nobody none neither nor unable without noone

    # Kills.
    class slay kill destroy slay behead decapitate slaughter dispatch exterminate vanquish
    class slain beheads decapitates destroys kills slays incinerates disintegrates
    class pet kitten dog pony cat horse housecat pup companion steed

    # Degrees and times that change no meaning.
    class degree very much more rather so quite a bit lot little somewhat slightly suddenly now again all really totally
    class degree especially extremely incredibly momentarily completely just most even quickly well
    class after now again all of a sudden for moment while inside than before at once about it up

    # States and powers that are good to have.
    class good strong stronger smart smarter wise wiser agile tough tougher charismatic healthy healthier hardy hale fit
    class good quick quicker fast faster stealthy perceptive sensitive controlled confident experienced skilled
    class good knowledgeable self-knowledgeable enlightened protected better great fine wonderful splendid refreshed
    class good invigorated energetic limber supple purified cured healed restored rested content satisfied lucky luckier
    class good blessed safe secure free calmer calm steadier steady clear-headed sober awake cool cooler warm warmer
    class good firm jumpy diffuse centered grounded insulated amplified clean pious righteous hopeful charged alive
    class good telepathic invisible immune resistant brave courageous optimistic mollified appeased powerful mighty
    class good bulging
    class good attractive limberer natural keen keener sharper brighter clear clearer normal purer proud absolved
    class good forgiven friendlier

    # States that are bad to have.
    class bad weak weaker stupid foolish clumsy fragile repulsive ill sick sicker deathly feverish nauseated queasy
    class bad dizzy
    class bad confused light-headed light headed drained tired exhausted sleepy drowsy sluggish slow slower lethargic
    class bad torpid
    class bad rankled hungry starving faint fainting thirsty cold hot hotter chilly wet burning numb stiff stiffer
    class bad paralyzed
    class bad paranoid afraid frightened scared threatened lonely vulnerable exposed unprotected naked attracted jinxed
    class bad unlucky guilty ashamed insulted angry hated cursed doomed uneasy uncanny strange odd peculiar queer
    class bad uncertain
    class bad unaware unsure disoriented lost sad sorry bad worse worst terrible awful rotten horrible mediocre poor
    class bad poorer
    class bad lackluster aggravated aware different noisy dull dulled blind deaf stunned mildly feeling heavy slippery
    class bad stuck trapped caught held frozen shaky itchy depressed hopeless powerless helpless useless entrapped
    class bad oozy deprived discharged dread worried bland polymorphed foul tainted queasier shocked

    # Good and bad things to feel, have or be met by.
    class boon acuity buzz vibration hope hopefulness reconciliation peace energy insight telepathy cosmos oneness awe
    class boon clover gift blessing protection immunity luck favor strength wisdom vigor vitality health relief
    class boon power control harmony
    class bane lack loss wrenching malignant pain shock ache poison curse fever sickness inadequacy hopelessness chill
    class bane dread presence foreboding forbidding hatred evil unease change

    # What happens to things that gain or lose.
    class thrive heal heals mend mends clear clears improve improves brighten brightens return returns returning
    class thrive increase
    class thrive increases increasing grow growing knit knits strengthen strengthens
    class decline slow slowing drain draining drains weaken weakening ebb ebbing fade fading slipping leave leaving
    class decline decrease decreases decreasing failing dwindle shrink wither stiffen

    # Harm that a creature, a trap or an accident does to the player or to things.
    class hurt hit bitten stung kicked struck burned burnt scorched frozen shocked splashed blinded deafened stunned
    class hurt jolted blasted zapped poisoned crushed squeezed enveloped engulfed swallowed caught trapped stuck held
    class hurt paralyzed put slowed laden frightened immobilized suspended thrown hurled knocked punished attacked
    class hurt robbed
    class hurt teleported covered drenched soaked cursed turning slowing fainting stiffening choking drowning feeling
    class spoilt rust rusts rot rots corrode corrodes burn burns burnt break breaks broke broken shatter shatters
    class spoilt crumble
    class spoilt crumbles evaporate evaporates dissolve dissolves freeze freezes boil boils explode explodes
    class spoilt disintegrate
    class spoilt disintegrates slip slips fall falls fell rip rips tear tears wither vanish vanishes disappear
    class spoilt disappears fade
    class spoilt fades dilute dilutes dull dulls melt melts smolder smoulder smolders splash splashes fizzle fizzles
    class spoilt flicker
    class spoilt flickers dim dims vibrate vibrates twitch twitches itch itches tingle tingles sting stings bleed bleeds
    class spoilt strangle strangles tighten tightens constrict constricts shake shakes weld welds welded stiff stiffen
    class spoilt stiffens oozy peel attack attacks
    """
}
