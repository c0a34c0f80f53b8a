// What a player of NetHack knows, read from the game's own variables instead of its screen. The layouts are those of NLE 1.3.0
// (LP64 Linux), measured; nothing here changes the game. Whatever a player cannot know is left out: an item's charges before
// they are known, or which of the bags that look alike this one is.
#pragma once
#include <stdint.h>

enum {
  TENGU_NETHACK_ITEMS = 55,
  TENGU_NETHACK_SPELLS = 8,
  /// Types of objects.
  TENGU_NETHACK_TYPES = 453,
};

/// The exported variables and functions of one loaded library. Valid while it is loaded.
typedef struct {
  const char *u, *youmonst, *flags, *level, *objects, *mons, *spells, *descriptions;
  void **invent, **ublindf, **uwep, **uswapwep, **uquiver;
  const int64_t *moves;
  const char *const *wins;
  int8_t (*acurr)(int);
  int8_t (*acurrstr)(void);
  int64_t (*score)(void);
  int8_t (*depth)(const void *);
  int64_t (*money)(const void *);
  int (*capacity)(void);
  int (*room_left)(void);
  int (*deepest)(int8_t);
  int (*back_to_glyph)(int8_t, int8_t);
  int8_t (*can_reach_floor)(int8_t);
  char *(*inside_shop)(int8_t, int8_t);
  /// For each type of object the first type of its class that looks the same before it is identified.
  int16_t twins[TENGU_NETHACK_TYPES];
} tengu_nethack_world;

/// The hero and the place.
typedef struct {
  /// Column and row of the map, as in NLE's arrays.
  int32_t x, y;
  int32_t dungeon, level, depth, deepest;
  int32_t experience_level, monster_level;
  int64_t experience, score, gold, turns;
  /// Strength in 25ths, then strength, dexterity, constitution, intelligence, wisdom, charisma.
  int32_t attributes[7];
  int32_t hit_points, maximum_hit_points, energy, maximum_energy, armour_class;
  /// 0 satiated, 1 not hungry, 2 hungry, 3 weak, 4 fainting.
  int32_t hunger;
  int32_t nutrition;
  /// 0 unencumbered to 5 overloaded, and how much more the hero can carry without becoming slower.
  int32_t burden, room_left;
  /// NLE's bits.
  int32_t conditions;
  /// -1 chaotic, 0 neutral, 1 lawful.
  int32_t alignment;
  int32_t role, race, gender;
  /// Turns until the hero is out of a trap; 0 if in none.
  int32_t trapped;
  int32_t swallowed, polymorphed;
  /// The glyph of what the hero stands on, without objects.
  int32_t underfoot;
  int32_t reaches_floor, in_shop;
} tengu_nethack_hero;

/// Worn where, as a bit (NetHack's W_ constants).
enum {
  TENGU_WORN_SUIT = 1,
  TENGU_WORN_CLOAK = 2,
  TENGU_WORN_HELM = 4,
  TENGU_WORN_SHIELD = 8,
  TENGU_WORN_GLOVES = 0x10,
  TENGU_WORN_BOOTS = 0x20,
  TENGU_WORN_SHIRT = 0x40,
  TENGU_WORN_ARMOUR = 0x7F,
  TENGU_WORN_WEAPON = 0x100,
  TENGU_WORN_QUIVER = 0x200,
  TENGU_WORN_ALTERNATE = 0x400,
  TENGU_WORN_AMULET = 0x10000,
  TENGU_WORN_RINGS = 0x60000,
  TENGU_WORN_BLINDFOLD = 0x80000,
};

/// One thing in the inventory or on the floor.
typedef struct {
  /// The game's object.
  const void *object;
  /// 0 to TYPES - 1 if identified; TYPES plus the first type that looks the same if not; 2 TYPES plus the class if unseen.
  int32_t kind;
  /// Only for the interface's own rules about what everybody sees (a suit or a boot): the true type.
  int32_t type;
  /// The first type that looks the same while it is not identified.
  int32_t look;
  uint8_t item_class, letter;
  /// 0 unknown, 1 cursed, 2 uncursed, 3 blessed.
  uint8_t blessing;
  /// Enchantment or charges; `UNKNOWN_ENCHANTMENT` before they are known.
  int8_t enchantment;
  /// 0 suit, 1 shield, 2 helm, 3 gloves, 4 boots, 5 cloak, 6 shirt; of armour only.
  uint8_t armour;
  uint8_t two_handed, unpaid;
  int32_t worn;
  /// The monster of a corpse, egg, tin or statue; -1 without one.
  int32_t monster;
  int64_t count;
} tengu_nethack_item;

enum { TENGU_UNKNOWN_ENCHANTMENT = -128 };

typedef struct {
  int32_t type, level;
  /// Turns until it is forgotten.
  int32_t memory;
} tengu_nethack_spell;

/// Finds the symbols of the library that dlopen gave `handle` for. Returns null, or the name of a missing symbol.
const char *tengu_nethack_open_world(void *handle, tengu_nethack_world *world);

/// The type of object that has this name when it is identified, such as "pick-axe"; -1 if there is none.
int tengu_nethack_type_named(const tengu_nethack_world *world, const char *name);

void tengu_nethack_read_hero(const tengu_nethack_world *world, tengu_nethack_hero *hero);

/// Writes the inventory in its order and returns the number of things.
int tengu_nethack_read_inventory(const tengu_nethack_world *world, tengu_nethack_item *items, int capacity);

/// Writes what lies under the hero, the topmost first, and returns the number of things.
int tengu_nethack_read_floor(const tengu_nethack_world *world, tengu_nethack_item *items, int capacity);

/// Writes the spells that the hero knows and returns their number.
int tengu_nethack_read_spells(const tengu_nethack_world *world, tengu_nethack_spell *spells, int capacity);

/// Whether a monster that is displayed at a square of the map is peaceful and not a pet.
int tengu_nethack_is_peaceful(const tengu_nethack_world *world, int x, int y);

/// The letter that selects `object` on the visible page of the open menu; 0 if the page does not have it. Sets `pages` to how many
/// the menu has, 0 if no menu is open.
int tengu_nethack_menu_letter(const tengu_nethack_world *world, const void *object, int *pages);
