/*
 * Owns the serving of many connections at once (server.h): the accepting, the
 * counting of threads and the end. What a connection does is in served.c.
 */
#include "server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "served.h"

/* Room for a record each way and for a signature's scratch. */
enum { STACK = 1024 * 1024, GRACE_SECONDS = 10 };

/* Its writing end is closed when the server is to stop: then every poll on the
 * reading end, in any thread, sees it. Closing is allowed in a signal handler. */
static int stop_pipe[2] = {-1, -1};
static volatile sig_atomic_t stopping;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t less = PTHREAD_COND_INITIALIZER;
static long running;

static void on_signal(int number) {
  (void)number;
  if (!stopping) {
    stopping = 1;
    (void)close(stop_pipe[1]);
  }
}

bool server_prepare(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_signal;
  /* A second signal ends the process at once. */
  action.sa_flags = (int)SA_RESETHAND;
  (void)sigemptyset(&action.sa_mask);
  return pipe(stop_pipe) == 0 && sigaction(SIGTERM, &action, NULL) == 0 && sigaction(SIGINT, &action, NULL) == 0;
}

static void *work(void *argument) {
  served *s = argument;
  served_run(s);
  free(s);
  (void)pthread_mutex_lock(&lock);
  running--;
  (void)pthread_cond_broadcast(&less);
  (void)pthread_mutex_unlock(&lock);
  return NULL;
}

/* Wait until fewer than `bound` threads run; false if `seconds` passed before. */
static bool wait_below(long bound, time_t seconds) {
  struct timespec until;
  (void)clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += seconds;
  (void)pthread_mutex_lock(&lock);
  while (running >= bound && pthread_cond_timedwait(&less, &lock, &until) != ETIMEDOUT) {
  }
  bool below = running < bound;
  (void)pthread_mutex_unlock(&lock);
  return below;
}

static void start(const server_settings *settings, int fd) {
  pthread_attr_t attributes;
  pthread_t thread;
  served *s = calloc(1, sizeof *s);
  if (s == NULL) {
    (void)close(fd);
    return;
  }
  s->settings = settings;
  s->fd = fd;
  s->stop_fd = stop_pipe[0];
  (void)pthread_mutex_lock(&lock);
  running++;
  (void)pthread_mutex_unlock(&lock);
  (void)pthread_attr_init(&attributes);
  (void)pthread_attr_setstacksize(&attributes, STACK);
  (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  int code = pthread_create(&thread, &attributes, work, s);
  (void)pthread_attr_destroy(&attributes);
  if (code != 0) {
    (void)fprintf(stderr, "qtls serve: no thread for a connection: %s\n", strerror(code));
    (void)close(fd);
    free(s);
    (void)pthread_mutex_lock(&lock);
    running--;
    (void)pthread_mutex_unlock(&lock);
  }
}

bool server_is_idle(void) {
  (void)pthread_mutex_lock(&lock);
  bool idle = running == 0;
  (void)pthread_mutex_unlock(&lock);
  return idle;
}

/* True when a connection waits to be accepted; false when told to stop. */
static bool wait_for_one(const server_settings *settings) {
  for (;;) {
    struct pollfd both[2] = {{.fd = qtls_listener_fd(settings->listener), .events = POLLIN, .revents = 0},
                             {.fd = stop_pipe[0], .events = POLLIN, .revents = 0}};
    int n = poll(both, 2, -1);
    if (stopping || (n > 0 && both[1].revents != 0)) {
      return false;
    }
    if (n > 0 && both[0].revents != 0) {
      return true;
    }
  }
}

bool server_run(const server_settings *settings) {
  long accepted = 0;
  while (!stopping && (settings->stop_after == 0 || accepted < settings->stop_after)) {
    qtls_stream_problem why;
    int fd = -1;
    if (!wait_below(settings->at_once, 1)) {
      continue;
    }
    if (!wait_for_one(settings)) {
      break;
    }
    qtls_err err = qtls_listener_accept(settings->listener, &fd, &why);
    if (err != QTLS_OK) {
      /* Out of descriptors, most likely: some connection will end. */
      (void)fprintf(stderr, "qtls serve: %s\n", why.text);
      const struct timespec pause = {.tv_sec = 0, .tv_nsec = 100000000};
      (void)nanosleep(&pause, NULL);
      continue;
    }
    accepted++;
    start(settings, fd);
  }
  if (settings->stop_after > 0 && !stopping) {
    while (!stopping && !wait_below(1, 1)) {
    }
  }
  (void)wait_below(1, GRACE_SECONDS);
  return true;
}
