/*
 * Owns the files of an authority's folder: the lock that writers take turns by,
 * files that are whole and on the disk or not there, and the new folder that
 * gets its name when all of it is on the disk.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ca.h"

enum { FILE_MOST = 16 * 1024 * 1024, PAUSE_MS = 20 };

static qtls_err fail(qtls_ca *ca, const char *name, const char *what) {
  return q_ca_tell(ca, QTLS_ERR_FILE, "%s/%s: %s", ca->dir, name, what);
}

/* Who holds the lock, as it has written there; for the words only. */
static long holder(int fd) {
  char text[32] = "";
  ssize_t n = pread(fd, text, sizeof text - 1, 0);
  return n > 0 ? strtol(text, NULL, 10) : 0;
}

/* Only told to people: a lock without a name is a lock all the same. */
static bool sign_lock(int fd) {
  char text[32];
  int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
  return ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) == n;
}

qtls_err q_ca_lock(qtls_ca *ca, int wait_ms) {
  char path[CA_PATH + 16];
  (void)snprintf(path, sizeof path, "%s/ca.lock", ca->dir);
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  if (fd < 0) {
    return fail(ca, "ca.lock", strerror(errno));
  }
  for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited += PAUSE_MS) {
    const struct timespec pause = {.tv_sec = 0, .tv_nsec = PAUSE_MS * 1000000L};
    if (errno != EWOULDBLOCK && errno != EINTR) {
      int code = errno;
      (void)close(fd);
      return fail(ca, "ca.lock", strerror(code));
    }
    if (waited >= wait_ms) {
      long process = holder(fd);
      (void)close(fd);
      return q_ca_tell(ca, QTLS_ERR_STATE,
                       "%s: another qtls pki works on this directory (process %ld); try again when it has ended",
                       ca->dir, process);
    }
    (void)nanosleep(&pause, NULL);
  }
  (void)sign_lock(fd);
  ca->lock_fd = fd;
  return QTLS_OK;
}

static bool write_all(int fd, const char *p, size_t n) {
  while (n > 0) {
    ssize_t put = write(fd, p, n);
    if (put < 0 && errno == EINTR) {
      continue;
    }
    if (put < 0) {
      return false;
    }
    p += put;
    n -= (size_t)put;
  }
  return fsync(fd) == 0;
}

qtls_err q_ca_write_file(qtls_ca *ca, const char *name, const void *data, size_t size, bool secret) {
  char path[CA_PATH + 80];
  (void)snprintf(path, sizeof path, "%s/%s", ca->dir, name);
  mode_t mode = secret ? S_IRUSR | S_IWUSR : S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
  if (fd < 0) {
    return fail(ca, name, strerror(errno));
  }
  bool good = write_all(fd, data, size);
  int code = errno;
  if (close(fd) != 0 && good) {
    good = false;
    code = errno;
  }
  if (!good) {
    (void)unlink(path);
    return fail(ca, name, strerror(code));
  }
  return QTLS_OK;
}

void q_ca_forget(char *p, size_t n) {
  if (p != NULL) {
    explicit_bzero(p, n);
    free(p);
  }
}

/* -1 with errno; *n bytes read. */
static int read_all(int fd, char *p, size_t size, size_t *n) {
  *n = 0;
  while (*n < size) {
    ssize_t got = read(fd, p + *n, size - *n);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      return got < 0 ? -1 : 0;
    }
    *n += (size_t)got;
  }
  return 0;
}

qtls_err q_ca_read_file(qtls_ca *ca, const char *name, char **out, size_t *size, bool secret) {
  char path[CA_PATH + 80];
  struct stat st;
  qtls_err err = QTLS_OK;
  *out = NULL;
  *size = 0;
  (void)snprintf(path, sizeof path, "%s/%s", ca->dir, name);
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0 || fstat(fd, &st) != 0) {
    err = fail(ca, name, strerror(errno));
  } else if (!S_ISREG(st.st_mode) || st.st_size > FILE_MOST) {
    err = fail(ca, name, "this is not a file of keys or certificates");
  } else if (secret && (st.st_mode & S_IRWXO) != 0) {
    err = fail(ca, name, "everyone on this machine may use this private key; chmod 600 it");
  } else if ((*out = malloc((size_t)st.st_size + 1)) == NULL) {
    err = q_ca_tell(ca, QTLS_ERR_NO_MEMORY, "%s", qtls_err_text(QTLS_ERR_NO_MEMORY));
  } else if (read_all(fd, *out, (size_t)st.st_size, size) != 0) {
    err = fail(ca, name, strerror(errno));
    q_ca_forget(*out, (size_t)st.st_size);
    *out = NULL;
  }
  if (fd >= 0) {
    (void)close(fd);
  }
  return err;
}

static bool holds_something(const char *path) {
  DIR *dir = opendir(path);
  const struct dirent *entry = NULL;
  bool found = false;
  while (dir != NULL && !found && (entry = readdir(dir)) != NULL) {
    found = strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
  }
  if (dir != NULL) {
    (void)closedir(dir);
  }
  return found;
}

/* Its name shall be free, or an empty folder's: known before anything is made or signed for it. */
static qtls_err check_target(qtls_ca *ca) {
  struct stat st;
  const char *slash = strrchr(ca->target, '/');
  const char *last = slash != NULL ? slash + 1 : ca->target;
  if (strcmp(last, ".") == 0 || strcmp(last, "..") == 0) {
    return q_ca_tell(ca, QTLS_ERR_FILE,
                     "%s: the folder gets its name when all of it is there, so give it a name, or its whole path",
                     ca->target);
  }
  if (lstat(ca->target, &st) != 0) {
    return QTLS_OK; /* making one beside it says what else is wrong */
  }
  if (!S_ISDIR(st.st_mode)) {
    return q_ca_tell(ca, QTLS_ERR_FILE, "%s: is there already and is not a folder; nothing is overwritten", ca->target);
  }
  if (holds_something(ca->target)) {
    return q_ca_tell(ca, QTLS_ERR_FILE, "%s: is there already and is not empty; nothing is overwritten", ca->target);
  }
  return QTLS_OK;
}

qtls_err q_ca_make_folder(qtls_ca *ca, const char *dir) {
  size_t n = strlen(dir);
  while (n > 1 && dir[n - 1] == '/') {
    n--;
  }
  if (n == 0 || n + sizeof ".XXXXXX" + 64 > sizeof ca->dir) {
    return q_ca_tell(ca, QTLS_ERR_FILE, "\"%s\": %s", dir, n == 0 ? "a folder needs a name" : strerror(ENAMETOOLONG));
  }
  (void)snprintf(ca->target, sizeof ca->target, "%.*s", (int)n, dir);
  qtls_err err = check_target(ca);
  if (err != QTLS_OK) {
    return err;
  }
  (void)snprintf(ca->dir, sizeof ca->dir, "%.*s.XXXXXX", (int)n, dir);
  if (mkdtemp(ca->dir) == NULL) {
    int code = errno;
    ca->dir[0] = '\0';
    return q_ca_tell(ca, QTLS_ERR_FILE, "%s: %s", ca->target, strerror(code));
  }
  return QTLS_OK;
}

static bool flush_folder(const char *path) {
  int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    return false;
  }
  bool good = fsync(fd) == 0;
  (void)close(fd);
  return good;
}

static bool flush_parent(const char *path) {
  char parent[CA_PATH];
  (void)snprintf(parent, sizeof parent, "%s", path);
  char *slash = strrchr(parent, '/');
  if (slash == NULL) {
    return flush_folder(".");
  }
  slash[slash == parent ? 1 : 0] = '\0';
  return flush_folder(parent);
}

qtls_err q_ca_publish_folder(qtls_ca *ca) {
  /* The certificates are for all to read, the keys have modes of their own. */
  mode_t mask = umask(0);
  (void)umask(mask);
  bool good = flush_folder(ca->dir) && chmod(ca->dir, 0755 & ~mask) == 0;
  /* rename takes the place of an empty folder, and of nothing else. */
  if (!good || rename(ca->dir, ca->target) != 0) {
    bool there = errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR;
    return q_ca_tell(ca, QTLS_ERR_FILE, "%s: %s", ca->target,
                     there ? "is there already and is not empty; nothing is overwritten" : strerror(errno));
  }
  memcpy(ca->dir, ca->target, sizeof ca->dir);
  ca->is_new = false;
  return flush_parent(ca->target) ? QTLS_OK : q_ca_tell(ca, QTLS_ERR_FILE, "%s: %s", ca->target, strerror(errno));
}
