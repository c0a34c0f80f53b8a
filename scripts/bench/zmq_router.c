// The message pattern of Tengu's transport in plain C: a ROUTER that answers every message of a DEALER, which has at most
// a window of messages in flight. `tengu-bench transport` compares Tengu with it; scripts/bench.sh compiles it.
//
// usage: zmq_router router ADDRESS COUNT            receives COUNT messages on ADDRESS, such as tcp://127.0.0.1:*
//        zmq_router dealer ADDRESS COUNT BYTES WINDOW
//
// The router first prints the address it listens on. Both end with one line of JSON: the CPU seconds of the process, and
// the router's wall-clock seconds from the first message to the last.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <zmq.h>

static void check(int status, const char *what) {
  if (status >= 0) return;
  fprintf(stderr, "zmq_router: %s: %s\n", what, zmq_strerror(zmq_errno()));
  exit(1);
}

static double wall_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + 1e-9 * now.tv_nsec;
}

static double cpu_seconds(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + 1e-6 * (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void report(double seconds) { printf("{\"seconds\": %.9f, \"cpu_seconds\": %.6f}\n", seconds, cpu_seconds()); }

static void route(void *context, const char *address, long count) {
  void *socket = zmq_socket(context, ZMQ_ROUTER);
  char bound[256];
  size_t bound_size = sizeof bound;
  check(zmq_bind(socket, address), "bind");
  check(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, bound, &bound_size), "getsockopt");
  puts(bound);
  fflush(stdout);
  double start = 0;
  for (long i = 0; i < count; i++) {
    zmq_msg_t peer, message;
    zmq_msg_init(&peer);
    zmq_msg_init(&message);
    check(zmq_msg_recv(&peer, socket, 0), "recv");
    check(zmq_msg_recv(&message, socket, 0), "recv");
    if (i == 0) start = wall_seconds();
    zmq_msg_close(&message);
    check(zmq_msg_send(&peer, socket, ZMQ_SNDMORE), "send");
    check(zmq_send(socket, &i, sizeof i, 0), "send");
  }
  report(wall_seconds() - start);
  zmq_close(socket);
}

static void keep(void *data, void *hint) {
  (void)data;
  (void)hint;
}

// Sends from memory that stays where it is: the messages are not copied.
static void deal(void *context, const char *address, long count, size_t bytes, long window) {
  void *socket = zmq_socket(context, ZMQ_DEALER);
  char *memory = malloc(bytes);
  if (!memory) exit(1);
  memset(memory, 1, bytes);
  check(zmq_connect(socket, address), "connect");
  long sent = 0, answered = 0, answer;
  while (answered < count) {
    while (sent < count && sent - answered < window) {
      zmq_msg_t message;
      check(zmq_msg_init_data(&message, memory, bytes, keep, NULL), "init");
      check(zmq_msg_send(&message, socket, 0), "send");
      sent++;
    }
    check(zmq_recv(socket, &answer, sizeof answer, 0), "recv");
    answered++;
  }
  report(0);
  zmq_close(socket);
  // The memory is not freed: libzmq may still look at it until the context is gone.
}

int main(int argc, char **argv) {
  void *context = zmq_ctx_new();
  if (argc == 4 && strcmp(argv[1], "router") == 0) {
    route(context, argv[2], atol(argv[3]));
  } else if (argc == 6 && strcmp(argv[1], "dealer") == 0) {
    deal(context, argv[2], atol(argv[3]), strtoul(argv[4], NULL, 10), atol(argv[5]));
  } else {
    fprintf(stderr, "usage: zmq_router router ADDRESS COUNT | dealer ADDRESS COUNT BYTES WINDOW\n");
    return 64;
  }
  zmq_ctx_term(context);
  return 0;
}
