// Functions of Linux that Swift's Glibc overlay leaves out. Thin wrappers without policy.
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Blocks SIGINT, SIGTERM, SIGUSR1, and SIGHUP unless it is ignored, in the calling thread (and so in every thread it starts later), undoing an
/// inherited SIG_IGN, and returns a non-blocking signalfd that reports them, whichever thread the kernel gives them to;
/// -1 with errno on failure. Ignores SIGPIPE.
int tengu_signal_descriptor(void);
/// The next pending signal number of a descriptor from `tengu_signal_descriptor`, or 0 if none is pending.
int tengu_next_signal(int descriptor);
/// A non-blocking eventfd used to wake a poll loop; -1 with errno on failure.
int tengu_event_descriptor(void);
/// Makes `descriptor` readable.
void tengu_event_signal(int descriptor);
/// Makes `descriptor` unreadable again.
void tengu_event_clear(int descriptor);
/// Names the calling thread (15 characters at most) for debuggers and `top -H`.
void tengu_name_thread(const char *name);
/// Sets nice 10 for the calling thread. Where the kernel schedules whole sessions against each other (autogroup) and this
/// process leads one, also for its session. Failure is ignored.
void tengu_give_way(void);
/// Sets nice 19 for the calling thread only. Failure is ignored.
void tengu_give_way_to_all(void);
/// The next connection of a listening socket, non-blocking and closed on exec; -1 with errno if there is none.
int tengu_accept(int listener);
/// Another descriptor of the same socket or file, closed on exec; -1 with errno on failure.
int tengu_copy_descriptor(int descriptor);
/// Ends a TCP connection at once, for every owner of the descriptor and for the other end, which receives a reset.
void tengu_reset_connection(int descriptor);
/// Bytes that have arrived over a TCP connection, whether or not they were read; -1 if `descriptor` is none.
int64_t tengu_received_bytes(int descriptor);
/// Writes the numeric address of a TCP connection's other end, without the port. Returns 0, or -1 if there is none.
int tengu_peer_address(int descriptor, char *buffer, size_t capacity);
/// Anonymous file in memory, closed on exec; -1 with errno on failure.
int tengu_memory_file(const char *name);
/// Size in bytes of the dynamic symbol at `address`, or 0 if it has none. Used to recognise an ABI version.
size_t tengu_symbol_size(const void *address);
/// Makes the process end without running the destructors of its libraries: OpenBLAS's destructor waits for its threads and
/// sometimes never returns (0.3.21, if the process ends soon after its start). Functions that are registered with atexit
/// later still run.
void tengu_skip_library_destructors(void);
/// Asks for huge pages for the whole pages of an unused range. Failure is ignored.
void tengu_advise_huge_pages(void *start, size_t bytes);
/// CPU seconds used so far by the calling thread.
double tengu_thread_cpu_seconds(void);
/// How `tengu_spawn` starts a program.
struct tengu_spawn_request {
  /// Path of the program; without a "/" it is looked up in PATH.
  const char *program;
  /// NULL-terminated argument list, the program's name first.
  char *const *arguments;
  /// NULL-terminated list of NAME=value; NULL inherits the caller's environment.
  char *const *environment;
  /// Working directory; NULL inherits the caller's.
  const char *directory;
  /// Descriptors that become standard input, output and error.
  int input, output, error;
  /// Non-zero starts a new session, which the signals of the caller's terminal do not reach.
  int new_session;
  /// Signal the kernel sends to the child when the thread that called `tengu_spawn` ends, however it ends; 0 for none.
  int parent_death_signal;
};
/// Starts a program with default signal handling, no blocked signals and no descriptors but the three streams.
/// Returns the child's process id, or -1 with errno if it could not be forked or the program could not be executed.
int tengu_spawn(const struct tengu_spawn_request *request);
/// Number of processors that the scheduler lets this process use (sched_getaffinity), at least 1; 0 if unknown.
int tengu_allowed_processors(void);
/// Writes what stdout still holds. Returns 0, or the errno of the write that failed, now or earlier.
int tengu_flush_standard_output(void);
/// Gives memory that the process has freed back to the system.
void tengu_return_free_memory(void);
/// Whether the processor and the kernel support AVX2 with fused multiply-add.
int tengu_has_avx2(void);
/// Whether they support the parts of AVX-512 that Skylake has: F, CD, BW, DQ and VL.
int tengu_has_avx512(void);
