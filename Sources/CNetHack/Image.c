// The library in memory: one image, whose code all loaded copies share, and the variables that each has of its own.
#define _GNU_SOURCE
#include "CNetHack.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HUGE_PAGE_BYTES = 2 << 20 };

static uintptr_t round_up(uintptr_t value, uintptr_t unit) { return (value + unit - 1) / unit * unit; }

/// Asks the dynamic linker to load the library where huge pages of its file can be mapped. (glibc before 2.35 does not
/// listen; then small pages are mapped.)
static void align_to_huge_pages(void *library, size_t size) {
  ElfW(Ehdr) *header = library;
  if (size < sizeof *header || header->e_phoff > size || header->e_phnum > (size - header->e_phoff) / sizeof(ElfW(Phdr)))
    return;
  ElfW(Phdr) *segments = (void *)((char *)library + header->e_phoff);
  for (int i = 0; i < header->e_phnum; i++) {
    ElfW(Phdr) *segment = &segments[i];
    if (segment->p_type == PT_LOAD && segment->p_vaddr == 0 && segment->p_offset == 0)
      segment->p_align = HUGE_PAGE_BYTES;
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
  size_t room = round_up(size, HUGE_PAGE_BYTES);
  // Huge pages need an aligned address, which is cut out of a larger reservation.
  char *reserved = mmap(NULL, room + HUGE_PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (reserved == MAP_FAILED) return -1;
  char *memory = (char *)round_up((uintptr_t)reserved, HUGE_PAGE_BYTES);
  int result = -1;
  if (mmap(memory, room, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, image, 0) != MAP_FAILED) {
    madvise(memory, room, MADV_HUGEPAGE);  // refused, the pages are small
    result = read_all(file, memory, size);
    if (result == 0) align_to_huge_pages(memory, size);
  }
  munmap(reserved, room + HUGE_PAGE_BYTES);
  return result;
}

/// Where a loaded library lies and what it consists of; NULL if it is not known.
static const ElfW(Ehdr) * loaded_header(void *handle) {
  struct link_map *map = NULL;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) return NULL;
  return (const void *)map->l_addr;  // a shared library is linked at 0, where its ELF header lies
}

static const ElfW(Phdr) * segments_of(const ElfW(Ehdr) * header) {
  return (const void *)((const char *)header + header->e_phoff);
}

/// Bytes from the library's start to the end of its last read-only segment, if these lie together and as in the file; else 0.
static size_t code_byte_count(const ElfW(Ehdr) * header) {
  const ElfW(Phdr) *segments = segments_of(header);
  size_t end = 0, variables = SIZE_MAX;
  for (int i = 0; i < header->e_phnum; i++) {
    if (segments[i].p_type != PT_LOAD) continue;
    if (segments[i].p_flags & PF_W) {
      if (segments[i].p_vaddr < variables) variables = segments[i].p_vaddr;
    } else {
      if (segments[i].p_vaddr != segments[i].p_offset) return 0;
      if (segments[i].p_vaddr + segments[i].p_filesz > end) end = segments[i].p_vaddr + segments[i].p_filesz;
    }
  }
  end = round_up(end, (uintptr_t)sysconf(_SC_PAGESIZE));
  return end <= variables ? end : 0;
}

int tengu_nethack_share_code(void *handle, int image, int copy) {
  const ElfW(Ehdr) *header = loaded_header(handle);
  size_t size = header == NULL ? 0 : code_byte_count(header);
  // Constants become executable too: only a single mapping can have huge pages.
  const int protection = PROT_READ | PROT_EXEC;
  // First elsewhere, so that a refusal leaves the library as it was.
  void *trial = size == 0 ? MAP_FAILED : mmap(NULL, size, protection, MAP_PRIVATE, image, 0);
  if (trial == MAP_FAILED) {
    errno = EACCES;
    return -1;
  }
  munmap(trial, size);
  // One system call replaces the pages, so no other thread ever sees them missing.
  if (mmap((void *)header, size, protection, MAP_PRIVATE | MAP_FIXED, image, 0) == MAP_FAILED) return -1;
  if (copy >= 0) fallocate(copy, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)size);  // else it merely stays
  return 0;
}

tengu_nethack_region tengu_nethack_variables(void *handle) {
  const ElfW(Ehdr) *header = loaded_header(handle);
  if (header == NULL) return (tengu_nethack_region){NULL, 0};
  const ElfW(Phdr) *segments = segments_of(header);
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  uintptr_t start = UINTPTR_MAX, end = 0;
  for (int i = 0; i < header->e_phnum; i++) {
    const ElfW(Phdr) *segment = &segments[i];
    if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_W)) continue;
    if (segment->p_vaddr / page * page < start) start = segment->p_vaddr / page * page;
    if (segment->p_vaddr + segment->p_memsz > end) end = round_up(segment->p_vaddr + segment->p_memsz, page);
  }
  // What the dynamic linker write-protects once it has relocated it; it lies first.
  for (int i = 0; i < header->e_phnum; i++) {
    uintptr_t protected_end = (segments[i].p_vaddr + segments[i].p_memsz) / page * page;
    if (segments[i].p_type == PT_GNU_RELRO && protected_end > start) start = protected_end;
  }
  if (start >= end) return (tengu_nethack_region){NULL, 0};
  return (tengu_nethack_region){(char *)header + start, end - start};
}
