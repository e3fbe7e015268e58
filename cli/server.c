/*
 * Owns the serving of many connections at once (server.h): the accepting, the
 * counting of threads and the end. What a connection does is in served.c.
 */
#include "server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "served.h"
#include "signals.h"

/* Room for a record each way and for a signature's scratch. */
enum { STACK = 1024 * 1024, GRACE_SECONDS = 10 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t less = PTHREAD_COND_INITIALIZER;
static long running;

static void *work(void *argument) {
  served *s = argument;
  served_run(s);
  site_give_back(s->site);
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

static void start(int fd) {
  pthread_attr_t attributes;
  pthread_t thread;
  served *s = calloc(1, sizeof *s);
  if (s == NULL) {
    (void)close(fd);
    return;
  }
  s->site = site_take();
  s->fd = fd;
  s->stop_fd = signals_stop_fd();
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
    site_give_back(s->site);
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
static bool wait_for_one(const qtls_listener *listener) {
  for (;;) {
    struct pollfd both[2] = {{.fd = qtls_listener_fd(listener), .events = POLLIN, .revents = 0},
                             {.fd = signals_stop_fd(), .events = POLLIN, .revents = 0}};
    int n = poll(both, 2, -1);
    if (signals_stopping() || (n > 0 && both[1].revents != 0)) {
      return false;
    }
    if (n > 0 && both[0].revents != 0) {
      return true;
    }
  }
}

/* ---- reloading ---- */

typedef struct reloader {
  void (*reload)(void *user);
  void *user;
} reloader;

static void *reload_when_asked(void *argument) {
  const reloader *r = argument;
  for (;;) {
    struct pollfd both[2] = {{.fd = signals_reload_fd(), .events = POLLIN, .revents = 0},
                             {.fd = signals_stop_fd(), .events = POLLIN, .revents = 0}};
    int n = poll(both, 2, -1);
    if (signals_stopping() || (n > 0 && both[1].revents != 0)) {
      return NULL;
    }
    if (n > 0 && both[0].revents != 0) {
      /* Signals that came meanwhile are one: what is read afterwards is newer than all of them. */
      signals_reloading();
      r->reload(r->user);
    }
  }
}

/* ---- serving ---- */

static void accept_one(qtls_listener *listener, long *accepted) {
  qtls_stream_problem why;
  int fd = -1;
  qtls_err err = qtls_listener_try_accept(listener, &fd, &why);
  if (err != QTLS_OK) {
    /* Out of descriptors, most likely: some connection will end. */
    (void)fprintf(stderr, "qtls serve: %s\n", why.text);
    const struct timespec pause = {.tv_sec = 0, .tv_nsec = 100000000};
    (void)nanosleep(&pause, NULL);
    return;
  }
  if (fd >= 0) { /* it may have left again */
    (*accepted)++;
    start(fd);
  }
}

static void accept_all(qtls_listener *listener) {
  long accepted = 0;
  site *first = site_take();
  long stop_after = first->plan->stop_after;
  site_give_back(first);
  while (!signals_stopping() && (stop_after == 0 || accepted < stop_after)) {
    site *now = site_take();
    long at_once = now->plan->at_once;
    site_give_back(now);
    if (!wait_below(at_once, 1)) {
      continue;
    }
    if (!wait_for_one(listener)) {
      break;
    }
    accept_one(listener, &accepted);
  }
  if (stop_after > 0 && !signals_stopping()) {
    while (!signals_stopping() && !wait_below(1, 1)) {
    }
  }
}

bool server_run(qtls_listener *listener, void (*reload)(void *user), void *user) {
  reloader r = {reload, user};
  pthread_t thread;
  int code = pthread_create(&thread, NULL, reload_when_asked, &r);
  if (code != 0) {
    (void)fprintf(stderr, "qtls serve: no thread for reloads: %s\n", strerror(code));
    return false;
  }
  accept_all(listener);
  signals_stop();
  (void)wait_below(1, GRACE_SECONDS);
  (void)pthread_join(thread, NULL);
  return true;
}
