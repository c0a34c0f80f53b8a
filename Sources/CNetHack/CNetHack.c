#include "CNetHack.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
  uint64_t core;
  uint64_t display;
  int8_t reseed;
  uint8_t use_initial_seeds;
  uint64_t level_generation;
  uint8_t use_level_generation;
} tengu_nethack_seeds;

typedef struct {
  char directory[4096];
  char score_prefix[4096];
  char options[32768];
  char wizard_kit[4096];
  int32_t spawn_monsters;
  char ttyrec_name[4096];
  tengu_nethack_seeds initial_seeds;
  uint8_t fix_moon_phase;
  uint64_t time_seed;
  uint8_t time_seed_is_set;
} tengu_nethack_settings;

#define TENGU_OFFSET(type, field, offset) _Static_assert(offsetof(type, field) == (offset), #type "." #field)

TENGU_OFFSET(tengu_nethack_observation, action, 0);
TENGU_OFFSET(tengu_nethack_observation, done, 4);
TENGU_OFFSET(tengu_nethack_observation, in_normal_game, 8);
TENGU_OFFSET(tengu_nethack_observation, how_done, 12);
TENGU_OFFSET(tengu_nethack_observation, glyphs, 16);
TENGU_OFFSET(tengu_nethack_observation, specials, 40);
TENGU_OFFSET(tengu_nethack_observation, blstats, 48);
TENGU_OFFSET(tengu_nethack_observation, message, 56);
TENGU_OFFSET(tengu_nethack_observation, program_state, 64);
TENGU_OFFSET(tengu_nethack_observation, internal, 72);
TENGU_OFFSET(tengu_nethack_observation, inv_glyphs, 80);
TENGU_OFFSET(tengu_nethack_observation, inv_oclasses, 104);
TENGU_OFFSET(tengu_nethack_observation, screen_descriptions, 112);
TENGU_OFFSET(tengu_nethack_observation, tty_chars, 120);
TENGU_OFFSET(tengu_nethack_observation, tty_cursor, 136);
TENGU_OFFSET(tengu_nethack_observation, misc, 144);
_Static_assert(sizeof(tengu_nethack_observation) == 152, "observation");

TENGU_OFFSET(tengu_nethack_settings, score_prefix, 4096);
TENGU_OFFSET(tengu_nethack_settings, options, 8192);
TENGU_OFFSET(tengu_nethack_settings, wizard_kit, 40960);
TENGU_OFFSET(tengu_nethack_settings, spawn_monsters, 45056);
TENGU_OFFSET(tengu_nethack_settings, ttyrec_name, 45060);
TENGU_OFFSET(tengu_nethack_settings, initial_seeds.core, 49160);
TENGU_OFFSET(tengu_nethack_settings, initial_seeds.display, 49168);
TENGU_OFFSET(tengu_nethack_settings, initial_seeds.reseed, 49176);
TENGU_OFFSET(tengu_nethack_settings, initial_seeds.use_initial_seeds, 49177);
TENGU_OFFSET(tengu_nethack_settings, initial_seeds.level_generation, 49184);
TENGU_OFFSET(tengu_nethack_settings, initial_seeds.use_level_generation, 49192);
TENGU_OFFSET(tengu_nethack_settings, fix_moon_phase, 49200);
TENGU_OFFSET(tengu_nethack_settings, time_seed, 49208);
TENGU_OFFSET(tengu_nethack_settings, time_seed_is_set, 49216);
_Static_assert(sizeof(tengu_nethack_settings) == 49224, "settings");

size_t tengu_nethack_settings_size(void) { return sizeof(tengu_nethack_settings); }

void *tengu_nethack_settings_make(const char *directory, const char *options, int spawn_monsters) {
  if (strlen(directory) >= sizeof((tengu_nethack_settings *)0)->directory) return NULL;
  if (strlen(options) >= sizeof((tengu_nethack_settings *)0)->options) return NULL;
  tengu_nethack_settings *settings = calloc(1, sizeof *settings);
  if (settings == NULL) return NULL;
  strcpy(settings->directory, directory);
  strcpy(settings->options, options);
  settings->spawn_monsters = spawn_monsters;
  return settings;
}

void tengu_nethack_settings_seed(void *memory, uint64_t core, uint64_t display, uint64_t time_seed) {
  tengu_nethack_settings *settings = memory;
  settings->initial_seeds = (tengu_nethack_seeds){.core = core, .display = display, .use_initial_seeds = 1};
  settings->fix_moon_phase = 1;
  settings->time_seed = time_seed;
  settings->time_seed_is_set = 1;
}
