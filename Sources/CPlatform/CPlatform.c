#define _GNU_SOURCE
#include "CPlatform.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

int tengu_signal_descriptor(void) {
  sigset_t set;
  sigemptyset(&set);
  const int handled[] = {SIGINT, SIGTERM, SIGUSR1};
  for (size_t i = 0; i < sizeof handled / sizeof *handled; i++) {
    signal(handled[i], SIG_DFL);  // a shell starts background jobs with SIGINT ignored, which signalfd would not see
    sigaddset(&set, handled[i]);
  }
  if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0) return -1;
  return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int tengu_next_signal(int descriptor) {
  struct signalfd_siginfo info;
  return read(descriptor, &info, sizeof info) == (ssize_t)sizeof info ? (int)info.ssi_signo : 0;
}

int tengu_event_descriptor(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void tengu_event_signal(int descriptor) {
  uint64_t one = 1;
  ssize_t written = write(descriptor, &one, sizeof one);
  (void)written;  // a full counter is readable already
}

void tengu_event_clear(int descriptor) {
  uint64_t value;
  ssize_t got = read(descriptor, &value, sizeof value);
  (void)got;  // nothing pending is fine
}

void tengu_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

int tengu_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

size_t tengu_symbol_size(const void *address) {
  Dl_info info;
  ElfW(Sym) *symbol = NULL;
  if (dladdr1(address, &info, (void **)&symbol, RTLD_DL_SYMENT) == 0 || symbol == NULL) return 0;
  return symbol->st_size;
}

double tengu_thread_cpu_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
