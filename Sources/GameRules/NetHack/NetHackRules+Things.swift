extension RuleTable {
  /// The word classes of the rules, for things and places.
  static let netHackThings = """
    # What can be carried and is worth it: weapons, armour, magic, tools, food, gems.
    class item sword swords dagger daggers knife knives axe axes mattock mattocks spear spears lance lances mace maces
    class item flail flails hammer war-hammer club clubs quarterstaff staff staves whip bullwhip trident javelin
    class item javelins
    class item saber sabers scimitar katana tsurugi wakizashi runesword broadsword shortsword longsword pick-axe
    class item dwarvish
    class item bow bows crossbow sling arrow arrows bolt bolts ya dart darts shuriken boomerang boomerangs yumi morning
    class item athame scalpel stiletto crysknife worm tooth pole polearm halberd glaive voulge guisarme naginata ranseur
    class item spetum partisan bardiche bill-guisarme fauchard aklys grapnel worm-tooth throwing
    class item mail mithril mithril-coat coat armor armour plate robe cloak cape pall helmet helm cap hat cornuthaum
    class item shield gloves gauntlets boots shoes jacket shirt t-shirt apron dress fedora tunic scales opera
    class item potion potions vial scroll scrolls wand wands ring rings amulet amulets spellbook spellbooks book books
    class item tome
    class item lamp lantern candle candles key pick credit card bag sack box chest tin tins whistle horn harp flute drum
    class item bugle camera mirror blindfold towel saddle leash stethoscope marker figurine figurines lenses unicorn
    class item crystal orb touchstone luckstone loadstone flint gem gems ruby rubies sapphire diamond emerald opal topaz
    class item amethyst jade garnet jet onyx citrine chrysoberyl jacinth aquamarine turquoise fluorite agate obsidian
    class item amber glass stone stones rock pebble magic tinning kit can grease beartrap land skeleton pouch
    class item ration rations wafer wafers apple apples orange oranges pear pears banana bananas melon melons carrot
    class item carrots clove sprig lump jelly pie pies pancake pancakes cookie cookies candy bar bars egg eggs food
    class item tripe meatball meatballs meat meatstick gunyoki lembas cram k-ration c-ration k-rations c-rations mold
    class item molds
    class item kelp fronds eucalyptus leaf huge chunk lichen holy water iron dented pot crude

    class treasure gold coins money treasure zorkmids gem gems ring ruby diamond emerald sapphire jewel jewels wealth
    class finding find discover notice spot uncover unearth locate detect sense
    class discovery door passage corridor trap traps mine hole pit web portal secret hidden staircase stairs ladder way
    class discovery vault niche lever button compartment
    class presence presence aura monsters objects magic traps location whereabouts

    class way staircase stairs stairway stairwell ladder
    class down hole portal hatch
    class chamber chest box bag tin coffer safe lock lid
    class barrier door drawbridge portcullis gate boulder web lock box chest wall tree bars cage chain rock crate
    class yield opens unlocks shatters splinters breaks bursts crumbles dissolves unlatches collapses rises lowers melts
    class yield vanishes disappears
    class place valley mines sokoban gehennom fort town temple oracle castle tower level world area dungeon plane vlad
    class edge edge pit hole water web moat trap trapdoor surface shore safety
    class identified scroll scrolls wand wands potion potions ring amulet spellbook identify mapping stone

    class shaft shaft hole pit well trapdoor

    # Dishes by their praise.
    class tasty delicious terrific excellent good okay tasty great wonderful yummy savory ambrosial palatable gourmet
    class nasty terrible awful bland rotten horrible disgusting foul bad water poison lousy strange stale sour

    class praise well-pleased ecstatic pleased satisfied mollified appeased hopeful happy full content delighted
    class light light glow radiance aura haze shimmer
    class shimmer golden shimmering silver silvery blue light-blue brilliant warm white amber
    """
}
