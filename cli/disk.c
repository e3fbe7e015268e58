/* Owns files of keys and certificates (disk.h). */
#include "disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MOST = 64 * 1024 * 1024, FILES_MOST = 8 };

static bool fail(char problem[DISK_PROBLEM], const char *path, const char *what) {
  (void)snprintf(problem, DISK_PROBLEM, "%.380s: %.120s", path, what);
  return false;
}

void disk_forget(char *p, size_t n) {
  if (p != NULL) {
    explicit_bzero(p, n);
    free(p);
  }
}

static bool read_fd(char **out, size_t *n, int fd, size_t size) {
  *n = 0;
  *out = malloc(size + 1);
  if (*out == NULL) {
    return false;
  }
  while (*n < size) {
    ssize_t got = read(fd, *out + *n, size - *n);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      int code = errno;
      disk_forget(*out, *n);
      *out = NULL;
      errno = code;
      return false;
    }
    if (got == 0) {
      break;
    }
    *n += (size_t)got;
  }
  (*out)[*n] = '\0';
  return true;
}

bool disk_read(char **out, size_t *n, const char *path, bool secret, char problem[DISK_PROBLEM]) {
  struct stat st;
  bool good = false;
  *out = NULL;
  *n = 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0 || fstat(fd, &st) != 0) {
    (void)fail(problem, path, strerror(errno));
  } else if (!S_ISREG(st.st_mode)) {
    (void)fail(problem, path, "this is not a file");
  } else if (st.st_size > FILE_MOST) {
    (void)fail(problem, path, "the file is too large to hold certificates or keys");
  } else if (secret && (st.st_mode & S_IRWXO) != 0) {
    (void)fail(problem, path, "everyone on this machine may use this private key; chmod 600 it");
  } else {
    good = read_fd(out, n, fd, (size_t)st.st_size) || fail(problem, path, strerror(errno));
  }
  if (fd >= 0) {
    (void)close(fd);
  }
  return good;
}

static bool write_fd(int fd, const disk_file *file) {
  const char *p = file->data;
  size_t left = file->n;
  while (left > 0) {
    ssize_t put = write(fd, p, left);
    if (put < 0 && errno == EINTR) {
      continue;
    }
    if (put < 0) {
      return false;
    }
    p += put;
    left -= (size_t)put;
  }
  return fsync(fd) == 0;
}

/* Never the name that an earlier process left behind. */
int disk_temporary(char name[DISK_PATH], const char *path, unsigned mode) {
  enum { TRIES = 16 };
  int fd = -1;
  errno = EEXIST;
  for (int i = 0; fd < 0 && errno == EEXIST && i < TRIES; i++) {
    uint32_t draw = 0;
    (void)!getrandom(&draw, sizeof draw, 0);
    if ((size_t)snprintf(name, DISK_PATH, "%s.%08x.new", path, (unsigned)draw) >= DISK_PATH) {
      errno = ENAMETOOLONG;
      return -1;
    }
    fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, (mode_t)mode);
  }
  return fd;
}

/* A new file beside the one meant, whole and on the disk; false with errno. */
static bool write_one(char name[DISK_PATH], const disk_file *file) {
  int fd = disk_temporary(name, file->path, file->secret ? 0600 : 0644);
  if (fd < 0) {
    return false;
  }
  bool good = write_fd(fd, file);
  int code = errno;
  if (close(fd) != 0) {
    good = false;
    code = errno;
  }
  if (!good) {
    (void)unlink(name);
  }
  errno = code;
  return good;
}

/* The names in a file's folder reach the disk; where folders cannot be flushed,
 * they do so by themselves. */
static void flush_names(const char *path) {
  char parent[4096];
  (void)snprintf(parent, sizeof parent, "%s", path);
  char *slash = strrchr(parent, '/');
  if (slash != NULL) {
    slash[slash == parent ? 1 : 0] = '\0';
  }
  int fd = open(slash != NULL ? parent : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    (void)fsync(fd);
    (void)close(fd);
  }
}

bool disk_replace(const char *path, const char *data, size_t n, char problem[DISK_PROBLEM]) {
  char temporary[DISK_PATH];
  const disk_file file = {path, data, n, false};
  if (!write_one(temporary, &file)) {
    return fail(problem, temporary, strerror(errno));
  }
  if (rename(temporary, path) != 0) {
    int code = errno;
    (void)unlink(temporary);
    return fail(problem, path, strerror(code));
  }
  flush_names(path);
  return true;
}

bool disk_write_new(const disk_file *files, size_t count, char problem[DISK_PROBLEM]) {
  char temporary[DISK_PATH];
  const char *at = temporary; /* the name that a failure is about */
  size_t done = 0;
  for (; done < count; done++) {
    const disk_file *f = &files[done];
    at = temporary;
    /* The whole file gets its name at once, and link, unlike rename, never
     * takes a name that something has. */
    if (!write_one(temporary, f)) {
      break;
    }
    at = f->path;
    int linked = link(temporary, f->path);
    int code = errno;
    (void)unlink(temporary);
    errno = code;
    if (linked != 0) {
      break;
    }
  }
  if (done == count) {
    for (size_t i = 0; i < count; i++) {
      flush_names(files[i].path);
    }
    return true;
  }
  (void)fail(problem, at,
             errno == EEXIST ? "is there already and is not overwritten; move it away first" : strerror(errno));
  while (done > 0) {
    (void)unlink(files[--done].path);
  }
  return false;
}

static void go_up(char path[DISK_PATH]) {
  char *slash = strrchr(path, '/');
  if (slash == NULL) {
    memcpy(path, ".", 2);
  } else {
    slash[slash == path ? 1 : 0] = '\0';
  }
}

bool disk_may_write(const char *path, bool is_folder, char problem[DISK_PROBLEM]) {
  char at[DISK_PATH];
  struct stat st;
  if ((size_t)snprintf(at, sizeof at, "%s", path) >= sizeof at) {
    return fail(problem, path, strerror(ENAMETOOLONG));
  }
  bool there = stat(at, &st) == 0;
  if (there && S_ISDIR(st.st_mode) != is_folder) {
    return fail(problem, path, is_folder ? "this is not a folder" : "this is a folder");
  }
  /* What is not there is made in the folder above, which for a folder may have to be made too. */
  for (bool up = true; !there && errno == ENOENT && up;) {
    go_up(at);
    there = stat(at, &st) == 0;
    up = is_folder && strcmp(at, ".") != 0;
  }
  if (!there || access(at, S_ISDIR(st.st_mode) ? W_OK | X_OK : W_OK) != 0) {
    return fail(problem, path, strerror(errno));
  }
  return true;
}
