/* Owns how a server hears what it is told from outside (signals.h). */
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

/* Its writing end is closed when it is time to stop: then every poll on the reading
 * end, in any thread, sees it. Closing is allowed in a signal handler. */
static int stop_pipe[2] = {-1, -1};
/* A byte for each SIGHUP. */
static int reload_pipe[2] = {-1, -1};
static atomic_bool stopping; /* lock-free: signal handlers set it, threads read it */

void signals_stop(void) {
  if (!atomic_exchange(&stopping, true)) {
    (void)close(stop_pipe[1]);
  }
}

static void on_stop(int number) {
  struct sigaction usual;
  int code = errno;
  (void)number;
  memset(&usual, 0, sizeof usual);
  usual.sa_handler = SIG_DFL;
  (void)sigaction(SIGTERM, &usual, NULL);
  (void)sigaction(SIGINT, &usual, NULL);
  signals_stop();
  errno = code;
}

static void on_hangup(int number) {
  const char one = 1;
  int code = errno;
  (void)number;
  (void)!write(reload_pipe[1], &one, 1); /* a full pipe holds reloads enough */
  errno = code;
}

static bool make_pipe(int out[2], int flags) {
  if (pipe(out) != 0) {
    return false;
  }
  bool good = true;
  for (size_t i = 0; i < 2; i++) {
    good = good && fcntl(out[i], F_SETFD, FD_CLOEXEC) == 0 && fcntl(out[i], F_SETFL, flags) == 0;
  }
  return good;
}

bool signals_take(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  (void)sigemptyset(&action.sa_mask);
  if (!make_pipe(stop_pipe, 0) || !make_pipe(reload_pipe, O_NONBLOCK)) {
    return false;
  }
  action.sa_handler = on_hangup;
  action.sa_flags = (int)SA_RESTART;
  if (sigaction(SIGHUP, &action, NULL) != 0) {
    return false;
  }
  action.sa_handler = on_stop;
  action.sa_flags = 0;
  (void)sigaddset(&action.sa_mask, SIGTERM);
  (void)sigaddset(&action.sa_mask, SIGINT);
  return sigaction(SIGTERM, &action, NULL) == 0 && sigaction(SIGINT, &action, NULL) == 0;
}

bool signals_stopping(void) { return stopping; }

int signals_stop_fd(void) { return stop_pipe[0]; }

int signals_reload_fd(void) { return reload_pipe[0]; }

void signals_reloading(void) {
  char away[64];
  while (read(reload_pipe[0], away, sizeof away) > 0) {
  }
}
