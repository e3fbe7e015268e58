/* Owns where received data goes (sink.h). */
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"

void sink_nowhere(sink *s) {
  memset(s, 0, sizeof *s);
  s->fd = -1;
}

void sink_stdout(sink *s) {
  sink_nowhere(s);
  s->fd = STDOUT_FILENO;
}

static bool fail(sink *s, const char *what) {
  (void)snprintf(s->problem, sizeof s->problem, "%s: %s", what, strerror(errno));
  return false;
}

/* ---- a process that is ended takes its temporary file along ---- */

static const int ending[] = {SIGINT, SIGTERM, SIGHUP};
static struct sigaction before[sizeof ending / sizeof ending[0]];
static char pending[DISK_PATH]; /* changed only while `watched` is 0 */
static volatile sig_atomic_t watched;

static void on_end(int number) {
  if (watched != 0) {
    (void)unlink(pending);
  }
  (void)signal(number, SIG_DFL);
  (void)raise(number);
}

static void watch(const char *temporary) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = on_end;
  (void)sigemptyset(&action.sa_mask);
  (void)snprintf(pending, sizeof pending, "%s", temporary);
  watched = 1;
  for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
    /* What was ignored (nohup) or is caught by somebody else stays as it is. */
    if (sigaction(ending[i], NULL, &before[i]) == 0 && before[i].sa_handler == SIG_DFL) {
      (void)sigaction(ending[i], &action, NULL);
    }
  }
}

static void unwatch(void) {
  for (size_t i = 0; watched != 0 && i < sizeof ending / sizeof ending[0]; i++) {
    (void)sigaction(ending[i], &before[i], NULL);
  }
  watched = 0;
}

/* ---- files ---- */

/* The descriptor that a name of the system stands for, or -1. */
static int descriptor_of(const char *path) {
  static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
  for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
    size_t n = strlen(folders[i]);
    size_t digits = strncmp(path, folders[i], n) == 0 ? strspn(path + n, "0123456789") : 0;
    if (digits > 0 && digits < 6 && path[n + digits] == '\0') {
      return (int)strtol(path + n, NULL, 10);
    }
  }
  return -1;
}

/* Where a link leads, as long as it leads to links; what /proc shows as a link is none.
 * False with errno: to nothing that has an end. */
static bool follow(char at[PATH_MAX]) {
  enum { LINKS = 40 };
  char to[PATH_MAX];
  char whole[2 * PATH_MAX];
  struct stat st;
  for (int i = 0; i < LINKS; i++) {
    if (descriptor_of(at) >= 0 || strncmp(at, "/proc/", 6) == 0) {
      return true;
    }
    if (lstat(at, &st) != 0 || !S_ISLNK(st.st_mode)) {
      return true; /* what is not there can be made */
    }
    ssize_t n = readlink(at, to, sizeof to - 1);
    if (n < 0) {
      return false;
    }
    to[n] = '\0';
    const char *slash = to[0] == '/' ? NULL : strrchr(at, '/');
    int length = snprintf(whole, sizeof whole, "%.*s%s", slash != NULL ? (int)(slash - at) + 1 : 0, at, to);
    if (length < 0 || length >= PATH_MAX) {
      errno = ENAMETOOLONG;
      return false;
    }
    memcpy(at, whole, (size_t)length + 1);
  }
  errno = ELOOP;
  return false;
}

/* A device, a pipe or a descriptor is written to, and never gives way to a file. */
static bool is_special(const char *path) {
  struct stat st;
  return descriptor_of(path) >= 0 || strncmp(path, "/proc/", 6) == 0 || (stat(path, &st) == 0 && !S_ISREG(st.st_mode));
}

static bool open_special(sink *s, const char *path, const char *target) {
  int descriptor = descriptor_of(target);
  /* A descriptor goes on where it is, as for other programs that share it. */
  s->fd = descriptor >= 0 ? fcntl(descriptor, F_DUPFD_CLOEXEC, 3) : open(target, O_WRONLY | O_CLOEXEC | O_NOCTTY);
  s->path = path;
  return s->fd >= 0 || fail(s, path);
}

bool sink_file(sink *s, const char *path) {
  char target[PATH_MAX];
  char temporary[DISK_PATH];
  sink_nowhere(s);
  if ((size_t)snprintf(target, sizeof target, "%s", path) >= sizeof target) {
    errno = ENAMETOOLONG;
    return fail(s, path);
  }
  if (!follow(target)) {
    return fail(s, path);
  }
  if (is_special(target)) {
    return open_special(s, path, target);
  }
  s->fd = disk_temporary(temporary, target, 0666);
  if (s->fd < 0) {
    return fail(s, path);
  }
  watch(temporary);
  s->path = path;
  s->target = strdup(target);
  s->temporary = strdup(temporary);
  if (s->target == NULL || s->temporary == NULL) {
    (void)fail(s, path);
    (void)unlink(temporary);
    sink_drop(s);
    return false;
  }
  return true;
}

bool sink_put(sink *s, const void *data, size_t n) {
  const char *p = data;
  s->bytes += n;
  while (n > 0 && s->fd >= 0) {
    ssize_t put = write(s->fd, p, n);
    if (put < 0 && errno == EINTR) {
      continue;
    }
    if (put < 0) {
      return fail(s, s->path != NULL ? s->path : "standard output");
    }
    p += put;
    n -= (size_t)put;
  }
  return true;
}

bool sink_keep(sink *s) {
  if (s->temporary == NULL) {
    return true; /* it went where it goes while it came */
  }
  int fd = s->fd;
  s->fd = -1;
  if (close(fd) != 0 || rename(s->temporary, s->target) != 0) {
    return fail(s, s->path);
  }
  unwatch();
  free(s->temporary);
  s->temporary = NULL;
  return true;
}

void sink_drop(sink *s) {
  if (s->path != NULL && s->fd >= 0) {
    (void)close(s->fd);
  }
  if (s->temporary != NULL) {
    (void)unlink(s->temporary);
    free(s->temporary);
    s->temporary = NULL;
  }
  free(s->target);
  s->target = NULL;
  unwatch();
  s->fd = -1;
}
