/* Owns where received data goes (sink.h). */
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* A device or a pipe ("/dev/null") is written to, and never gives way to a file. */
static bool is_special(const char *path) {
  struct stat st;
  return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

bool sink_file(sink *s, const char *path) {
  sink_nowhere(s);
  if (is_special(path)) {
    s->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    s->path = path;
    return s->fd >= 0 || fail(s, path);
  }
  size_t size = strlen(path) + sizeof ".XXXXXX";
  s->temporary = malloc(size);
  if (s->temporary == NULL) {
    return fail(s, path);
  }
  (void)snprintf(s->temporary, size, "%s.XXXXXX", path);
  s->fd = mkstemp(s->temporary);
  if (s->fd < 0) {
    (void)fail(s, path);
    free(s->temporary);
    s->temporary = NULL;
    return false;
  }
  s->path = path;
  /* mkstemp gives 0600; what was fetched gets the mode that any new file has. */
  mode_t mask = umask(0);
  (void)umask(mask);
  (void)fchmod(s->fd, 0666 & ~mask);
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
  if (close(fd) != 0 || rename(s->temporary, s->path) != 0) {
    return fail(s, s->path);
  }
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
  s->fd = -1;
}
