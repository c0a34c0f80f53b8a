// Open MPI, loaded at run time, so that nobody needs it to build or to run with one learner. One operation at a time; the
// caller may change threads between two of them (MPI_THREAD_SERIALIZED).
#pragma once
#include <stddef.h>

/// Loads the library. Returns 0, or -1 with the reason in `reason`.
int tengu_mpi_load(char *reason, size_t capacity);
/// Starts MPI in this process. Returns 0, an MPI error, or -1 if the library cannot be called from several threads in turn.
/// From here on errors are returned instead of ending the process.
int tengu_mpi_start(void);
/// This process's number among the run's processes, from 0.
int tengu_mpi_rank(void);
/// Number of processes.
int tengu_mpi_size(void);
/// Begins to collect `count` numbers of each process in `all`, [size, count]. `own` and `all` stay untouched until
/// `tengu_mpi_test` says that it is done. Returns an MPI error or 0.
int tengu_mpi_begin_gather(const double *own, int count, double *all);
/// Continues what was begun; `done` becomes 1 when it has ended. Returns an MPI error or 0.
int tengu_mpi_test(int *done);
/// Replaces `values` by their sum over all processes. Waits. Returns an MPI error or 0.
int tengu_mpi_sum(float *values, int count);
/// Process 0 receives the bytes of all processes, those of process i at `all + places[i]`. Waits. Returns an MPI error or 0.
int tengu_mpi_gather_bytes(const void *own, int count, void *all, const int *counts, const int *places);
/// Process 0's bytes reach all. Waits. Returns an MPI error or 0.
int tengu_mpi_broadcast(void *bytes, int count);
/// The text of an MPI error.
void tengu_mpi_error_text(int error, char *text, size_t capacity);
/// Leaves MPI; all processes call it.
int tengu_mpi_finish(void);
