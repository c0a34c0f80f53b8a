#define _GNU_SOURCE
#include "NetHackWorld.h"

#include <dlfcn.h>
#include <string.h>

#define AT(base, offset, type) (*(const type *)((const char *)(base) + (offset)))

// Offsets in bytes.
enum {
  // struct objclass, 40 bytes
  CLASS_SIZE = 40, CLASS_DESCRIPTION = 2, CLASS_BITS = 16, CLASS_SUBTYPE = 19, CLASS_CLASS = 21,
  // struct obj
  OBJ_NEXT = 0, OBJ_NEXT_HERE = 8, OBJ_TYPE = 30, OBJ_COUNT = 40, OBJ_ENCHANTMENT = 48, OBJ_CLASS = 49, OBJ_LETTER = 50,
  OBJ_KNOWN = 54, OBJ_MONSTER = 60, OBJ_WORN = 80,
  // struct you
  YOU_X = 0, YOU_Y = 1, YOU_LEVEL = 10, YOU_EXPERIENCE_LEVEL = 24, YOU_TRAPPED = 32, YOU_NUTRITION = 76, YOU_HUNGER = 80,
  YOU_PROPERTIES = 88, YOU_SICKNESS = 1724, YOU_BORN_AS = 1752, YOU_FORM = 1756, YOU_FORM_POINTS = 1760,
  YOU_FORM_MAXIMUM = 1764, YOU_SWALLOWED = 1796, YOU_ALIGNMENT = 1956, YOU_ARMOUR_CLASS = 1970, YOU_POINTS = 1976,
  YOU_MAXIMUM = 1980, YOU_ENERGY = 1984, YOU_MAXIMUM_ENERGY = 1988, YOU_EXPERIENCE = 2088, YOU_STEED = 2136,
  // struct permonst
  MONSTER_SIZE = 72, MONSTER_LEVEL = 9, MONSTER_FLAGS = 48,
  // struct monst
  MONST_TAME = 53, MONST_PEACEFUL = 65,
  // dlevel_t
  LEVEL_OBJECTS = 13440, LEVEL_MONSTERS = 26880, LEVEL_ROWS = 21, LEVEL_COLUMNS = 80,
  // struct flag
  FLAGS_ROLE = 124, FLAGS_RACE = 128, FLAGS_GENDER = 132,
  // struct WinDesc and tty_menu_item
  WINDOW_TYPE = 4, WINDOW_ACTIVE = 5, WINDOW_PAGES = 96, WINDOW_PAGE_COUNT = 112, WINDOW_COUNT = 20, MENU_TYPE = 4,
  ENTRY_NEXT = 0, ENTRY_OBJECT = 8, ENTRY_LETTER = 37,
};

// struct prop
static int64_t extrinsic(const tengu_nethack_world *w, int p) { return AT(w->u, YOU_PROPERTIES + 24 * p, int64_t); }
static int64_t blocked(const tengu_nethack_world *w, int p) { return AT(w->u, YOU_PROPERTIES + 24 * p + 8, int64_t); }
static int64_t intrinsic(const tengu_nethack_world *w, int p) { return AT(w->u, YOU_PROPERTIES + 24 * p + 16, int64_t); }
static int has(const tengu_nethack_world *w, int p) { return intrinsic(w, p) || extrinsic(w, p); }

enum {
  STUNNED = 13, CONFUSED = 14, BLINDED = 15, DEAF = 16, SICK = 17, STONED = 18, STRANGLED = 19, SLIMED = 22,
  HALLUCINATING = 23, NO_HALLUCINATION = 24, LEVITATING = 47, FLYING = 48,
  LENSES = 215,
};

// struct objdescr: name, description
static const char *name_of(const tengu_nethack_world *w, int type) { return AT(w->descriptions, 16 * type, char *); }
static const char *look_of(const tengu_nethack_world *w, int type) { return AT(w->descriptions, 16 * type + 8, char *); }

static void find_twins(tengu_nethack_world *world) {
  for (int type = 0; type < TENGU_NETHACK_TYPES; type++) {
    const char *class = world->objects + CLASS_SIZE * type;
    const char *text = look_of(world, type);
    world->twins[type] = (int16_t)type;
    for (int other = 0; text != NULL && other < type; other++) {
      const char *candidate = world->objects + CLASS_SIZE * other;
      const char *same = look_of(world, other);
      if (same == NULL || candidate[CLASS_CLASS] != class[CLASS_CLASS] || strcmp(same, text) != 0) continue;
      world->twins[type] = (int16_t)other;
      break;
    }
  }
}

const char *tengu_nethack_open_world(void *handle, tengu_nethack_world *world) {
  const struct {
    const char *name;
    void *target;
  } symbols[] = {
      {"u", &world->u}, {"youmonst", &world->youmonst}, {"flags", &world->flags}, {"level", &world->level},
      {"objects", &world->objects}, {"mons", &world->mons}, {"spl_book", &world->spells}, {"invent", &world->invent},
      {"ublindf", &world->ublindf}, {"uwep", &world->uwep}, {"uswapwep", &world->uswapwep},
      {"uquiver", &world->uquiver}, {"moves", &world->moves}, {"wins", &world->wins}, {"acurr", &world->acurr},
      {"acurrstr", &world->acurrstr}, {"botl_score", &world->score}, {"depth", &world->depth},
      {"money_cnt", &world->money}, {"near_capacity", &world->capacity}, {"inv_weight", &world->room_left},
      {"deepest_lev_reached", &world->deepest}, {"back_to_glyph", &world->back_to_glyph},
      {"can_reach_floor", &world->can_reach_floor}, {"inside_shop", &world->inside_shop},
      {"obj_descr", &world->descriptions},
  };
  for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
    void *address = dlsym(handle, symbols[i].name);
    if (address == NULL) return symbols[i].name;
    memcpy(symbols[i].target, &address, sizeof address);
  }
  find_twins(world);
  return NULL;
}

int tengu_nethack_type_named(const tengu_nethack_world *world, const char *name) {
  for (int type = 0; type < TENGU_NETHACK_TYPES; type++) {
    const char *own = name_of(world, type);
    if (own != NULL && strcmp(own, name) == 0) return type;
  }
  return -1;
}

static int is_blind(const tengu_nethack_world *w) {
  const void *cover = *w->ublindf;
  return intrinsic(w, BLINDED) || (cover != NULL && AT(cover, OBJ_TYPE, int16_t) != LENSES);
}

/// NLE's condition mask.
static int32_t conditions(const tengu_nethack_world *w) {
  const int sickness = intrinsic(w, SICK) ? AT(w->u, YOU_SICKNESS, uint8_t) & 3 : 0;
  const int hallucinates = intrinsic(w, HALLUCINATING) && !has(w, NO_HALLUCINATION);
  const int levitates = has(w, LEVITATING) && !blocked(w, LEVITATING);
  const int flies = has(w, FLYING) && !blocked(w, FLYING);
  const int bits[] = {intrinsic(w, STONED) != 0, intrinsic(w, SLIMED) != 0, has(w, STRANGLED), (sickness & 1) != 0,
                      (sickness & 2) != 0, is_blind(w), has(w, DEAF), intrinsic(w, STUNNED) != 0,
                      intrinsic(w, CONFUSED) != 0, hallucinates, levitates, flies,
                      AT(w->u, YOU_STEED, void *) != NULL};
  int32_t mask = 0;
  for (int i = 0; i < (int)(sizeof bits / sizeof *bits); i++) mask |= bits[i] << i;
  return mask;
}

void tengu_nethack_read_hero(const tengu_nethack_world *w, tengu_nethack_hero *hero) {
  const char *u = w->u;
  const int8_t x = AT(u, YOU_X, int8_t), y = AT(u, YOU_Y, int8_t);
  hero->x = x - 1;
  hero->y = y;
  hero->dungeon = AT(u, YOU_LEVEL, int8_t);
  hero->level = AT(u, YOU_LEVEL + 1, int8_t);
  hero->depth = w->depth(u + YOU_LEVEL);
  hero->deepest = w->deepest(0);
  hero->experience_level = AT(u, YOU_EXPERIENCE_LEVEL, int32_t);
  hero->experience = AT(u, YOU_EXPERIENCE, int64_t);
  hero->score = w->score();
  hero->gold = w->money(*w->invent);
  hero->turns = *w->moves;
  hero->attributes[0] = w->acurrstr();
  // The game's order is strength, intelligence, wisdom, dexterity, constitution, charisma.
  static const int order[] = {0, 3, 4, 1, 2, 5};
  for (int i = 0; i < 6; i++) hero->attributes[1 + i] = w->acurr(order[i]);
  const int form = AT(u, YOU_FORM, int32_t);
  hero->polymorphed = form != AT(u, YOU_BORN_AS, int32_t);
  const int points = AT(u, hero->polymorphed ? YOU_FORM_POINTS : YOU_POINTS, int32_t);
  hero->hit_points = points < 0 ? 0 : points;
  hero->maximum_hit_points = AT(u, hero->polymorphed ? YOU_FORM_MAXIMUM : YOU_MAXIMUM, int32_t);
  hero->monster_level = hero->polymorphed ? AT(w->mons, MONSTER_SIZE * form + MONSTER_LEVEL, int8_t) : 0;
  hero->energy = AT(u, YOU_ENERGY, int32_t);
  hero->maximum_energy = AT(u, YOU_MAXIMUM_ENERGY, int32_t);
  hero->armour_class = AT(u, YOU_ARMOUR_CLASS, int8_t);
  hero->hunger = AT(u, YOU_HUNGER, int32_t);
  hero->nutrition = AT(u, YOU_NUTRITION, int32_t);
  hero->burden = w->capacity();
  hero->room_left = -w->room_left();
  hero->conditions = conditions(w);
  hero->alignment = AT(u, YOU_ALIGNMENT, int8_t);
  hero->role = AT(w->flags, FLAGS_ROLE, int32_t);
  hero->race = AT(w->flags, FLAGS_RACE, int32_t);
  hero->gender = AT(w->flags, FLAGS_GENDER, int32_t);
  hero->trapped = AT(u, YOU_TRAPPED, int32_t);
  hero->swallowed = AT(u, YOU_SWALLOWED, uint8_t) & 1;
  hero->underfoot = w->back_to_glyph(x, y);
  hero->reaches_floor = w->can_reach_floor(0) != 0;
  char *shop = w->inside_shop(x, y);
  // A room's number as a character, or 0; some builds return a pointer to it.
  hero->in_shop = ((uintptr_t)shop & 0xFF) != 0;
}

static void read_item(const tengu_nethack_world *w, const char *object, tengu_nethack_item *item) {
  int type = AT(object, OBJ_TYPE, int16_t);
  if (type < 0 || type >= TENGU_NETHACK_TYPES) type = 0;
  const char *class = w->objects + CLASS_SIZE * type;
  const uint8_t known = AT(object, OBJ_KNOWN, uint8_t);
  const int is_seen = (known & 0x20) != 0;
  item->object = object;
  item->type = type;
  // A game shuffles the looks of potions, scrolls and the like.
  const int look = AT(class, CLASS_DESCRIPTION, int16_t);
  item->look = w->twins[look >= 0 && look < TENGU_NETHACK_TYPES ? look : type];
  item->item_class = AT(object, OBJ_CLASS, uint8_t);
  item->letter = AT(object, OBJ_LETTER, uint8_t);
  const int is_identified = AT(class, CLASS_BITS, uint8_t) & 1;
  item->kind = !is_seen          ? 2 * TENGU_NETHACK_TYPES + item->item_class
               : is_identified   ? type
                                 : TENGU_NETHACK_TYPES + item->look;
  item->blessing = !(known & 0x40) ? 0 : known & 1 ? 1 : known & 2 ? 3 : 2;
  item->enchantment = known & 0x10 ? AT(object, OBJ_ENCHANTMENT, int8_t) : TENGU_UNKNOWN_ENCHANTMENT;
  item->armour = AT(class, CLASS_SUBTYPE, uint8_t);
  item->two_handed = (AT(class, CLASS_BITS + 1, uint8_t) & 1) != 0;
  item->unpaid = (known & 4) != 0;
  item->worn = (int32_t)AT(object, OBJ_WORN, int64_t);
  item->monster = AT(object, OBJ_MONSTER, int32_t);
  item->count = AT(object, OBJ_COUNT, int64_t);
}

int tengu_nethack_read_inventory(const tengu_nethack_world *w, tengu_nethack_item *items, int capacity) {
  int count = 0;
  for (const char *object = *w->invent; object != NULL && count < capacity; object = AT(object, OBJ_NEXT, char *))
    read_item(w, object, &items[count++]);
  return count;
}

int tengu_nethack_read_floor(const tengu_nethack_world *w, tengu_nethack_item *items, int capacity) {
  const int x = AT(w->u, YOU_X, int8_t), y = AT(w->u, YOU_Y, int8_t);
  if (x < 0 || x >= LEVEL_COLUMNS || y < 0 || y >= LEVEL_ROWS) return 0;
  const char *object = AT(w->level, LEVEL_OBJECTS + 8 * (x * LEVEL_ROWS + y), char *);
  int count = 0;
  for (; object != NULL && count < capacity; object = AT(object, OBJ_NEXT_HERE, char *))
    read_item(w, object, &items[count++]);
  return count;
}

int tengu_nethack_read_spells(const tengu_nethack_world *w, tengu_nethack_spell *spells, int capacity) {
  int count = 0;
  // 8 bytes each: type (0 ends the list), level, turns of memory.
  for (const char *spell = w->spells; count < capacity && AT(spell, 0, int16_t) != 0; spell += 8)
    spells[count++] = (tengu_nethack_spell){AT(spell, 0, int16_t), AT(spell, 2, int8_t), AT(spell, 4, int32_t)};
  return count;
}

int tengu_nethack_is_peaceful(const tengu_nethack_world *w, int column, int row) {
  const int x = column + 1;
  if (x < 1 || x >= LEVEL_COLUMNS || row < 0 || row >= LEVEL_ROWS) return 0;
  const char *monster = AT(w->level, LEVEL_MONSTERS + 8 * (x * LEVEL_ROWS + row), char *);
  return monster != NULL && AT(monster, MONST_TAME, int8_t) == 0 && (AT(monster, MONST_PEACEFUL, uint8_t) & 2) != 0;
}

int tengu_nethack_menu_letter(const tengu_nethack_world *w, const void *object, int *pages) {
  *pages = 0;
  for (int i = 0; i < WINDOW_COUNT; i++) {
    const char *window = w->wins[i];
    if (window == NULL || window[WINDOW_TYPE] != MENU_TYPE || window[WINDOW_ACTIVE] == 0) continue;
    const char *const *first = AT(window, WINDOW_PAGES, char *const *);
    const int count = (int)AT(window, WINDOW_PAGE_COUNT, int64_t);
    if (first == NULL || count < 1 || count > 100) continue;
    *pages = count;
    for (const char *entry = first[0]; entry != NULL && entry != first[1]; entry = AT(entry, ENTRY_NEXT, char *))
      if (AT(entry, ENTRY_OBJECT, void *) == object) return AT(entry, ENTRY_LETTER, char);
  }
  return 0;
}
