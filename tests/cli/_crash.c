/*
 * Put before the C library (LD_PRELOAD) of a command, ends it by SIGKILL at the
 * call of CRASH_AT that changes files, counted from 1: before the call, or, with
 * CRASH_TORN, after half of what a write was to write. The calls of a run that is
 * let through are counted into the file CRASH_COUNT; CRASH_LOG gets the name of
 * each call and the file it is about.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static long calls;

static void *next(const char *name) {
  void *found = dlsym(RTLD_NEXT, name);
  if (found == NULL) {
    _exit(99);
  }
  return found;
}

static long number(const char *name) {
  const char *text = getenv(name);
  return text == NULL ? 0 : strtol(text, NULL, 10);
}

static void tell(const char *call, int fd, const char *path) {
  const char *log = getenv("CRASH_LOG");
  char about[512] = "";
  char line[600];
  char link[64];
  if (log == NULL) {
    return;
  }
  if (path != NULL) {
    snprintf(about, sizeof about, "%s", path);
  } else {
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, about, sizeof about - 1);
    about[n > 0 ? n : 0] = '\0';
  }
  int n = snprintf(line, sizeof line, "%s %s\n", call, about);
  long to = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  syscall(SYS_write, to, line, (size_t)n);
  syscall(SYS_close, to);
}

/* True when this is the call at which a torn write is to end it all. */
static int step(int can_tear, const char *call, int fd, const char *path) {
  calls++;
  tell(call, fd, path);
  if (calls != number("CRASH_AT")) {
    return 0;
  }
  if (can_tear && number("CRASH_TORN") != 0) {
    return 1;
  }
  kill(getpid(), SIGKILL);
  return 0;
}

static void die(void) { kill(getpid(), SIGKILL); }

__attribute__((destructor)) static void count(void) {
  const char *path = getenv("CRASH_COUNT");
  FILE *file = path == NULL ? NULL : fopen(path, "w");
  if (file != NULL) {
    fprintf(file, "%ld\n", calls);
    fclose(file);
  }
}

#define REAL(type, name) ((type)next(name))

ssize_t write(int fd, const void *p, size_t n) {
  ssize_t (*real)(int, const void *, size_t) = REAL(ssize_t(*)(int, const void *, size_t), "write");
  if (fd > 2 && step(1, "write", fd, NULL)) {
    real(fd, p, n / 2);
    die();
  }
  return real(fd, p, n);
}

ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at) {
  ssize_t (*real)(int, const void *, size_t, off64_t) = REAL(ssize_t(*)(int, const void *, size_t, off64_t), "pwrite64");
  if (step(1, "write", fd, NULL)) {
    real(fd, p, n / 2, at);
    die();
  }
  return real(fd, p, n, at);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at) {
  ssize_t (*real)(int, const void *, size_t, off_t) = REAL(ssize_t(*)(int, const void *, size_t, off_t), "pwrite");
  if (step(1, "write", fd, NULL)) {
    real(fd, p, n / 2, at);
    die();
  }
  return real(fd, p, n, at);
}

int fsync(int fd) {
  step(0, "sync", fd, NULL);
  return REAL(int (*)(int), "fsync")(fd);
}

int fdatasync(int fd) {
  step(0, "sync", fd, NULL);
  return REAL(int (*)(int), "fdatasync")(fd);
}

int rename(const char *from, const char *to) {
  step(0, "name", -1, to);
  return REAL(int (*)(const char *, const char *), "rename")(from, to);
}

int link(const char *from, const char *to) {
  step(0, "name", -1, to);
  return REAL(int (*)(const char *, const char *), "link")(from, to);
}

int unlink(const char *path) {
  step(0, "unlink", -1, path);
  return REAL(int (*)(const char *), "unlink")(path);
}

int ftruncate(int fd, off_t n) {
  step(0, "truncate", fd, NULL);
  return REAL(int (*)(int, off_t), "ftruncate")(fd, n);
}

int ftruncate64(int fd, off64_t n) {
  step(0, "truncate", fd, NULL);
  return REAL(int (*)(int, off64_t), "ftruncate64")(fd, n);
}

int chmod(const char *path, mode_t mode) {
  step(0, "chmod", -1, path);
  return REAL(int (*)(const char *, mode_t), "chmod")(path, mode);
}

int open64(const char *path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  mode_t mode = (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0;
  va_end(list);
  if ((flags & O_CREAT) != 0) {
    step(0, "make", -1, path);
  }
  return REAL(int (*)(const char *, int, ...), "open64")(path, flags, mode);
}

int open(const char *path, int flags, ...) {
  va_list list;
  va_start(list, flags);
  mode_t mode = (flags & O_CREAT) != 0 ? va_arg(list, mode_t) : 0;
  va_end(list);
  if ((flags & O_CREAT) != 0) {
    step(0, "make", -1, path);
  }
  return REAL(int (*)(const char *, int, ...), "open")(path, flags, mode);
}
