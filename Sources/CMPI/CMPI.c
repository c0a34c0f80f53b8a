#include "CMPI.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

// Open MPI's ABI: handles are addresses of objects that the library exports, the rest are constants of its mpi.h.
typedef struct ompi_object *handle;
enum { thread_serialized = 2, error_text_length = 256 };
static void *const in_place = (void *)1;
static void *const no_status = NULL;

static struct {
  int (*init_thread)(int *, char ***, int, int *);
  int (*comm_rank)(handle, int *);
  int (*comm_size)(handle, int *);
  int (*comm_set_errhandler)(handle, handle);
  int (*iallgather)(const void *, int, handle, void *, int, handle, handle, handle *);
  int (*test)(handle *, int *, void *);
  int (*allreduce)(const void *, void *, int, handle, handle, handle);
  int (*gatherv)(const void *, int, handle, void *, const int *, const int *, handle, int, handle);
  int (*bcast)(void *, int, handle, int, handle);
  int (*error_string)(int, char *, int *);
  int (*finalize)(void);
  handle world, floats, doubles, bytes, sum, errors_return;
} mpi;

static handle pending;

static const struct {
  const char *name;
  void **place;
} symbols[] = {
    {"MPI_Init_thread", (void **)&mpi.init_thread},
    {"MPI_Comm_rank", (void **)&mpi.comm_rank},
    {"MPI_Comm_size", (void **)&mpi.comm_size},
    {"MPI_Comm_set_errhandler", (void **)&mpi.comm_set_errhandler},
    {"MPI_Iallgather", (void **)&mpi.iallgather},
    {"MPI_Test", (void **)&mpi.test},
    {"MPI_Allreduce", (void **)&mpi.allreduce},
    {"MPI_Gatherv", (void **)&mpi.gatherv},
    {"MPI_Bcast", (void **)&mpi.bcast},
    {"MPI_Error_string", (void **)&mpi.error_string},
    {"MPI_Finalize", (void **)&mpi.finalize},
    {"ompi_mpi_comm_world", (void **)&mpi.world},
    {"ompi_mpi_float", (void **)&mpi.floats},
    {"ompi_mpi_double", (void **)&mpi.doubles},
    {"ompi_mpi_byte", (void **)&mpi.bytes},
    {"ompi_mpi_op_sum", (void **)&mpi.sum},
    {"ompi_mpi_errors_return", (void **)&mpi.errors_return},
};

int tengu_mpi_load(char *reason, size_t capacity) {
  static const char *const names[] = {"libmpi.so.40", "libmpi.so"};
  void *library = NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++) {
    // Global, because the library's own plugins look its symbols up.
    library = dlopen(names[i], RTLD_NOW | RTLD_GLOBAL);
  }
  if (!library) {
    const char *error = dlerror();
    snprintf(reason, capacity, "%s", error ? error : "libmpi.so was not found");
    return -1;
  }
  for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
    *symbols[i].place = dlsym(library, symbols[i].name);
    if (*symbols[i].place) continue;
    snprintf(reason, capacity, "libmpi.so has no %s, so it is not Open MPI", symbols[i].name);
    return -1;
  }
  return 0;
}

int tengu_mpi_start(void) {
  int provided = 0;
  const int error = mpi.init_thread(NULL, NULL, thread_serialized, &provided);
  if (error) return error;
  if (provided < thread_serialized) return -1;
  return mpi.comm_set_errhandler(mpi.world, mpi.errors_return);
}

int tengu_mpi_rank(void) {
  int rank = 0;
  mpi.comm_rank(mpi.world, &rank);
  return rank;
}

int tengu_mpi_size(void) {
  int size = 0;
  mpi.comm_size(mpi.world, &size);
  return size;
}

int tengu_mpi_begin_gather(const double *own, int count, double *all) {
  return mpi.iallgather(own, count, mpi.doubles, all, count, mpi.doubles, mpi.world, &pending);
}

int tengu_mpi_test(int *done) { return mpi.test(&pending, done, no_status); }

int tengu_mpi_sum(float *values, int count) {
  return mpi.allreduce(in_place, values, count, mpi.floats, mpi.sum, mpi.world);
}

int tengu_mpi_gather_bytes(const void *own, int count, void *all, const int *counts, const int *places) {
  return mpi.gatherv(own, count, mpi.bytes, all, counts, places, mpi.bytes, 0, mpi.world);
}

int tengu_mpi_broadcast(void *bytes, int count) { return mpi.bcast(bytes, count, mpi.bytes, 0, mpi.world); }

void tengu_mpi_error_text(int error, char *text, size_t capacity) {
  char buffer[error_text_length + 1] = {0};
  int length = 0;
  if (mpi.error_string(error, buffer, &length) != 0) snprintf(buffer, sizeof buffer, "error %d", error);
  snprintf(text, capacity, "%s", buffer);
}

int tengu_mpi_finish(void) { return mpi.finalize(); }
