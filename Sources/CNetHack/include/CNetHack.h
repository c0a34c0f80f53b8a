// The binary interface of libnethack.so (NLE 1.3.0, LP64 Linux), declared here by its measured layout. CNetHack.c
// checks every offset at compile time; NetHackLibrary checks at load time that the library is the version this
// describes.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "NetHackWorld.h"

/// What NetHack reads (the key) and fills in at each key read. A null array is not produced.
typedef struct {
  int32_t action;
  int32_t done;
  int8_t in_normal_game;
  int32_t how_done;
  int16_t *glyphs;               // [21, 79]
  uint8_t *chars;                // [21, 79]
  uint8_t *colors;               // [21, 79]
  uint8_t *specials;             // [21, 79]
  int64_t *blstats;              // [27]
  uint8_t *message;              // [256]
  int32_t *program_state;        // [6]
  int32_t *internal;             // [9]
  int16_t *inv_glyphs;           // [55]
  uint8_t *inv_strs;             // [55, 80]
  uint8_t *inv_letters;          // [55]
  uint8_t *inv_oclasses;         // [55]
  uint8_t *screen_descriptions;  // [21, 79, 80]
  uint8_t *tty_chars;            // [24, 80]
  int8_t *tty_colors;            // [24, 80]
  uint8_t *tty_cursor;           // [2] row, column
  int32_t *misc;                 // [3]
} tengu_nethack_observation;

/// Starts a game and runs it to its first key read: (observation, ttyrec FILE or null, settings) -> context.
typedef void *(*tengu_nethack_start)(tengu_nethack_observation *, void *, void *);
/// Sends observation->action and runs to the next key read: (context, observation) -> context.
typedef void *(*tengu_nethack_step)(void *, tengu_nethack_observation *);
/// Frees a game, finished or not.
typedef void (*tengu_nethack_end)(void *);

/// Size of the exported variable `settings` in the version described here; older versions have other sizes.
size_t tengu_nethack_settings_size(void);

/// Zeroed settings of that size for a game whose private folder is `directory`; free() them. Null if out of memory or
/// if a string does not fit. With `spawn_monsters`, monsters appear during the game; without, only those of the levels do.
void *tengu_nethack_settings_make(const char *directory, const char *options, int spawn_monsters);

/// Seeds the next start. The moon phase, Friday the 13th and the time of day follow `time_seed`, never the wall clock.
void tengu_nethack_settings_seed(void *settings, uint64_t core, uint64_t display, uint64_t time_seed);

/// Fills the empty memory file `image` with the library that `file` holds, from which all copies take their code, to be
/// loaded where the processor knows that code from other copies. Returns 0, or -1 with errno.
int tengu_nethack_make_image(int image, int file);

/// Replaces the read-only segments (code and constants) of the library that dlopen gave `handle` for by mappings of
/// the same bytes of `image`, so that all copies share one set of physical pages, and gives the memory of those
/// segments in `copy`, the memory file that was loaded, back (-1: there is none). Must run before the library does.
/// Returns 0, or -1 with errno: EACCES if the image may not be mapped as code (nothing changed).
int tengu_nethack_share_code(void *handle, int image, int copy);

/// The memory of a loaded library that a game writes: whole pages.
typedef struct {
  void *start;
  size_t byteCount;
} tengu_nethack_region;

/// What the code of the library that dlopen gave `handle` for can write: its global variables. Empty if unknown.
tengu_nethack_region tengu_nethack_variables(void *handle);
