#define _GNU_SOURCE
#include "CPlatform.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <netdb.h>
#include <netinet/in.h>
#include <linux/close_range.h>
#include <linux/tcp.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

// Runs in a thread that does not block the signal, such as those that OpenBLAS starts before main. From then on the thread
// blocks it. The signal is sent again: to the next such thread, or to the descriptor if there is none.
static void pass_on(int number, siginfo_t *info, void *context) {
  (void)info;
  const int saved = errno;
  sigaddset(&((ucontext_t *)context)->uc_sigmask, number);
  kill(getpid(), number);
  errno = saved;
}

int tengu_signal_descriptor(void) {
  sigset_t set;
  sigemptyset(&set);
  struct sigaction action = {.sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_RESTART};
  sigemptyset(&action.sa_mask);
  const int handled[] = {SIGINT, SIGTERM, SIGUSR1, SIGHUP};
  for (size_t i = 0; i < sizeof handled / sizeof *handled; i++) {
    struct sigaction before;
    // Under nohup the end of the terminal means nothing.
    if (handled[i] == SIGHUP && sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler == SIG_IGN) continue;
    // This also undoes an inherited SIG_IGN, with which a shell starts background jobs and signalfd sees nothing.
    if (sigaction(handled[i], &action, NULL) != 0) return -1;
    sigaddset(&set, handled[i]);
  }
  signal(SIGPIPE, SIG_IGN);  // a write to a log or socket without a reader fails instead
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
  (void)written;  // a full counter is already readable
}

void tengu_event_clear(int descriptor) {
  uint64_t value;
  ssize_t got = read(descriptor, &value, sizeof value);
  (void)got;  // an empty counter is fine
}

void tengu_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

void tengu_give_way(void) {
  // Nice 10 weighs a ninth of nice 0.
  setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 10);
  if (getsid(0) != getpid()) return;  // the session has other members, for instance a terminal's shell
  const int group = open("/proc/self/autogroup", O_WRONLY | O_CLOEXEC);
  if (group < 0) return;
  ssize_t written = write(group, "10", 2);
  (void)written;
  close(group);
}

void tengu_give_way_to_all(void) { setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 19); }

int tengu_accept(int listener) { return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC); }

int tengu_copy_descriptor(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, 0); }

void tengu_reset_connection(int descriptor) {
  // A shutdown would leave a peer that is sending to wait for as long as anybody has the descriptor open.
  const struct sockaddr none = {.sa_family = AF_UNSPEC};
  if (connect(descriptor, &none, sizeof none) != 0) shutdown(descriptor, SHUT_RDWR);
}

int64_t tengu_received_bytes(int descriptor) {
  struct tcp_info info;
  memset(&info, 0, sizeof info);
  socklen_t size = sizeof info;
  if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return -1;
  // Older kernels fill a shorter structure.
  if (size < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received) return -1;
  return (int64_t)info.tcpi_bytes_received;
}

int tengu_peer_address(int descriptor, char *buffer, size_t capacity) {
  struct sockaddr_storage address;
  socklen_t size = sizeof address;
  if (getpeername(descriptor, (struct sockaddr *)&address, &size) != 0) return -1;
  if (address.ss_family != AF_INET && address.ss_family != AF_INET6) return -1;
  return getnameinfo((struct sockaddr *)&address, size, buffer, (socklen_t)capacity, NULL, 0, NI_NUMERICHOST) == 0 ? 0 : -1;
}

int tengu_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

size_t tengu_symbol_size(const void *address) {
  Dl_info info;
  ElfW(Sym) *symbol = NULL;
  if (dladdr1(address, &info, (void **)&symbol, RTLD_DL_SYMENT) == 0 || symbol == NULL) return 0;
  return symbol->st_size;
}

static void end_now(int status, void *unused) {
  (void)unused;
  fflush(NULL);
  _exit(status);
}

void tengu_skip_library_destructors(void) { on_exit(end_now, NULL); }

double tengu_thread_cpu_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

// libquadmath, which OpenBLAS loads through libgfortran, registers a 128-bit type with printf. From then on glibc formats
// everything in the process by a slow path, which costs NetHack a twentieth of its speed: it prints a status line at each
// step. No code here prints that type. A definition in the executable replaces
// glibc's and refuses the registration.
int register_printf_type(void *function);
int register_printf_type(void *function) {
  (void)function;
  return -1;
}

void tengu_advise_huge_pages(void *start, size_t bytes) {
  const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  const uintptr_t first = ((uintptr_t)start + page - 1) / page * page;
  const uintptr_t end = ((uintptr_t)start + bytes) / page * page;
  if (end > first) madvise((void *)first, end - first, MADV_HUGEPAGE);
}

// Runs in the child between fork and exec: only async-signal-safe calls.
static void become(const struct tengu_spawn_request *request, pid_t parent) {
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  if (request->new_session) setsid();
  if (request->parent_death_signal != 0) {
    if (prctl(PR_SET_PDEATHSIG, request->parent_death_signal) != 0) return;
    // The parent may have died before the kernel was asked to tell.
    if (getppid() != parent) _exit(128 + request->parent_death_signal);
  }
  if (request->directory != NULL && chdir(request->directory) != 0) return;
  // Copies above 2 first, so that none of the three replaces one that is still to be copied.
  const int given[] = {request->input, request->output, request->error};
  int copies[3];
  for (int i = 0; i < 3; i++) {
    copies[i] = fcntl(given[i], F_DUPFD_CLOEXEC, 3);
    if (copies[i] < 0) return;
  }
  for (int i = 0; i < 3; i++) {
    if (dup2(copies[i], i) < 0) return;
  }
  // A socket or lock that somebody opened without O_CLOEXEC would stay open as long as the child lives.
  (void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (request->environment != NULL) {
    execvpe(request->program, request->arguments, request->environment);
  } else {
    execvp(request->program, request->arguments);
  }
}

int tengu_spawn(const struct tengu_spawn_request *request) {
  // A caller that inherited an ignored SIGCHLD would never learn how its children end: the kernel reaps them.
  struct sigaction ended;
  if (sigaction(SIGCHLD, NULL, &ended) == 0 && ended.sa_handler == SIG_IGN) signal(SIGCHLD, SIG_DFL);
  // Close-on-exec: it reads as ended when the program runs, and holds errno when it does not.
  int failure[2];
  if (pipe2(failure, O_CLOEXEC) != 0) return -1;
  sigset_t all, before;
  sigfillset(&all);
  // No handler of the parent may run in the child.
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    become(request, parent);
    const int code = errno;
    ssize_t written = write(failure[1], &code, sizeof code);
    (void)written;
    _exit(127);
  }
  int code = child < 0 ? errno : 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  close(failure[1]);
  ssize_t got = 0;
  while (child > 0 && (got = read(failure[0], &code, sizeof code)) < 0 && errno == EINTR) {
  }
  close(failure[0]);
  if (child > 0 && got != (ssize_t)sizeof code) return child;
  if (child > 0) {
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {
    }
  }
  errno = code;
  return -1;
}

int tengu_allowed_processors(void) {
  // The kernel refuses a set that is smaller than its own.
  for (size_t processors = 1024; processors <= 1u << 20; processors *= 2) {
    cpu_set_t *set = CPU_ALLOC(processors);
    if (set == NULL) return 0;
    const size_t bytes = CPU_ALLOC_SIZE(processors);
    CPU_ZERO_S(bytes, set);
    const int status = sched_getaffinity(getpid(), bytes, set);
    const int code = errno;
    const int count = status == 0 ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (status == 0) return count;
    if (code != EINVAL) return 0;
  }
  return 0;
}

int tengu_flush_standard_output(void) {
  errno = 0;
  const int status = fflush(stdout);
  // An earlier failure leaves no errno; EIO stands for it.
  if (status != 0 || ferror(stdout)) return errno != 0 ? errno : EIO;
  return 0;
}

void tengu_return_free_memory(void) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

int tengu_has_avx2(void) {
#ifdef __x86_64__
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return 0;
#endif
}

int tengu_has_avx512(void) {
#ifdef __x86_64__
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#else
  return 0;
#endif
}
