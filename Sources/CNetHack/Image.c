// The library in memory: one image whose code all loaded copies share, and the private variables of each copy.
#define _GNU_SOURCE
#include "CNetHack.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/// Copies are loaded at multiples of this, so that the same code has the same low address bits in all of them.
/// The branch predictor of the processor on which this was measured seems to look at those alone: what it learns in one
/// game it then knows in all. Without this, 16 games in turn play at two thirds of the speed, with 1 MB at five sixths;
/// with more than 16 MB they play no faster.
enum { LOAD_ALIGNMENT_BYTES = 16 << 20 };

static uintptr_t round_up(uintptr_t value, uintptr_t unit) { return (value + unit - 1) / unit * unit; }

/// Asks the dynamic linker for that alignment. (glibc before 2.35 does not listen; games are then merely slower.)
static void set_alignment(void *library, size_t size) {
  ElfW(Ehdr) *header = library;
  if (size < sizeof *header || header->e_phoff > size) return;
  if (header->e_phnum > (size - header->e_phoff) / sizeof(ElfW(Phdr))) return;
  ElfW(Phdr) *segments = (void *)((char *)library + header->e_phoff);
  for (int i = 0; i < header->e_phnum; i++) {
    ElfW(Phdr) *segment = &segments[i];
    if (segment->p_type == PT_LOAD && segment->p_vaddr == 0 && segment->p_offset == 0)
      segment->p_align = LOAD_ALIGNMENT_BYTES;
  }
}

static int read_all(int file, char *memory, size_t size) {
  for (size_t done = 0; done < size;) {
    ssize_t count = pread(file, memory + done, size - done, (off_t)done);
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) errno = EIO;  // it became shorter meanwhile
    if (count <= 0) return -1;
    done += (size_t)count;
  }
  return 0;
}

int tengu_nethack_make_image(int image, int file) {
  struct stat status;
  if (fstat(file, &status) != 0 || ftruncate(image, status.st_size) != 0) return -1;
  size_t size = (size_t)status.st_size;
  if (size == 0) return 0;  // no library; the dynamic linker will say so
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, image, 0);
  if (memory == MAP_FAILED) return -1;
  int result = read_all(file, memory, size);
  if (result == 0) set_alignment(memory, size);
  munmap(memory, size);
  return result;
}

/// The start of a loaded library, which is its ELF header; NULL if unknown.
static const ElfW(Ehdr) * loaded_header(void *handle) {
  struct link_map *map = NULL;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) return NULL;
  return (const void *)map->l_addr;  // a shared library is linked at 0, the place of its ELF header
}

static const ElfW(Phdr) * segments_of(const ElfW(Ehdr) * header) {
  return (const void *)((const char *)header + header->e_phoff);
}

static int protection(const ElfW(Phdr) * segment) {
  return (segment->p_flags & PF_R ? PROT_READ : 0) | (segment->p_flags & PF_X ? PROT_EXEC : 0);
}

/// Maps one segment of the file, at `address` or (null) anywhere; MAP_FAILED with errno.
static void *map_segment(const ElfW(Phdr) * segment, uintptr_t page, void *address, int descriptor) {
  uintptr_t lead = segment->p_vaddr % page;
  int fixed = address != NULL ? MAP_FIXED : 0;
  return mmap(address, segment->p_filesz + lead, protection(segment), MAP_PRIVATE | fixed, descriptor,
              (off_t)(segment->p_offset - lead));
}

/// Gives back the whole pages of `file` that hold the segment; without that they merely stay.
static void release(const ElfW(Phdr) * segment, uintptr_t page, int file) {
  uintptr_t start = round_up(segment->p_offset, page);
  uintptr_t end = (segment->p_offset + segment->p_filesz) / page * page;
  if (file < 0 || start >= end) return;
  int refused = fallocate(file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)start, (off_t)(end - start));
  (void)refused;
}

int tengu_nethack_share_code(void *handle, int image, int copy) {
  const ElfW(Ehdr) *header = loaded_header(handle);
  if (header == NULL) {
    errno = EINVAL;
    return -1;
  }
  const ElfW(Phdr) *segments = segments_of(header);
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int pass = 0; pass < 2; pass++) {
    for (int i = 0; i < header->e_phnum; i++) {
      const ElfW(Phdr) *segment = &segments[i];
      if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
      if (pass == 0) {  // a trial elsewhere, so that a refusal leaves the library as it was
        void *trial = map_segment(segment, page, NULL, image);
        if (trial == MAP_FAILED) {
          errno = EACCES;
          return -1;
        }
        munmap(trial, segment->p_filesz + segment->p_vaddr % page);
      } else {  // one system call replaces the pages, so no other thread ever sees them missing
        char *address = (char *)header + (segment->p_vaddr - segment->p_vaddr % page);
        if (map_segment(segment, page, address, image) == MAP_FAILED) return -1;
        release(segment, page, copy);
      }
    }
  }
  return 0;
}

tengu_nethack_region tengu_nethack_variables(void *handle) {
  const tengu_nethack_region none = {NULL, 0};
  const ElfW(Ehdr) *header = loaded_header(handle);
  if (header == NULL) return none;
  const ElfW(Phdr) *segments = segments_of(header);
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  uintptr_t start = UINTPTR_MAX, end = 0;
  for (int i = 0; i < header->e_phnum; i++) {
    const ElfW(Phdr) *segment = &segments[i];
    if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_W)) continue;
    if (segment->p_vaddr / page * page < start) start = segment->p_vaddr / page * page;
    if (segment->p_vaddr + segment->p_memsz > end) end = round_up(segment->p_vaddr + segment->p_memsz, page);
  }
  // The part that the dynamic linker write-protects after relocation; it comes first.
  for (int i = 0; i < header->e_phnum; i++) {
    uintptr_t protected_end = (segments[i].p_vaddr + segments[i].p_memsz) / page * page;
    if (segments[i].p_type == PT_GNU_RELRO && protected_end > start) start = protected_end;
  }
  if (start >= end) return none;
  return (tengu_nethack_region){(char *)header + start, end - start};
}
