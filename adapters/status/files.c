/* Owns evidence in a folder (files.h). */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATH_MOST = 4096, OLD_SECONDS = 30 * 86400 };

qtls_err q_status_tell(qtls_fetch_problem *why, qtls_err err, const char *format, ...) {
  if (why != NULL) {
    va_list args;
    va_start(args, format);
    why->err = err;
    (void)vsnprintf(why->text, sizeof why->text, format, args);
    va_end(args);
  }
  return err;
}

/* The folder and those above it that are missing. */
qtls_err q_status_folder(const char *folder, qtls_fetch_problem *why) {
  char path[PATH_MOST];
  struct stat st;
  size_t n = strlen(folder);
  if (n == 0 || n >= sizeof path) {
    return q_status_tell(why, QTLS_ERR_FILE, "\"%.100s\": this cannot be the name of a folder", folder);
  }
  memcpy(path, folder, n + 1);
  for (size_t i = 1; i <= n; i++) {
    if (path[i] == '/' || path[i] == '\0') {
      char kept = path[i];
      path[i] = '\0';
      if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        return q_status_tell(why, QTLS_ERR_FILE, "%s: this folder cannot be made: %s", path, strerror(errno));
      }
      path[i] = kept;
    }
  }
  if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode) || access(folder, W_OK | X_OK) != 0) {
    return q_status_tell(why, QTLS_ERR_FILE, "%s: this is not a folder that can be written to", folder);
  }
  return QTLS_OK;
}

static uint64_t mix(const char *text, uint64_t state) {
  for (; *text != '\0'; text++) {
    state = (state ^ (uint8_t)*text) * UINT64_C(0x100000001b3);
  }
  return state;
}

/* Two keys with one name would only cost each other the file: what is read is judged. */
void q_status_file_name(char out[QTLS_STATUS_NAME_MAX], const char *key, bool crl) {
  (void)snprintf(out, QTLS_STATUS_NAME_MAX, "%016llx%016llx.%s",
                 (unsigned long long)mix(key, UINT64_C(0xcbf29ce484222325)),
                 (unsigned long long)mix(key, UINT64_C(0x9e3779b97f4a7c15)), crl ? "crl" : "ocsp");
}

static bool is_ours(const char *name) {
  size_t n = strspn(name, "0123456789abcdef");
  return n == 32 && (strcmp(name + n, ".ocsp") == 0 || strcmp(name + n, ".crl") == 0);
}

void q_status_prune(const char *folder) {
  char path[PATH_MOST];
  DIR *dir = opendir(folder);
  struct dirent *entry = NULL;
  time_t now = time(NULL);
  while (dir != NULL && (entry = readdir(dir)) != NULL) {
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
    if (is_ours(entry->d_name) && lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_mtime < now - OLD_SECONDS) {
      (void)unlink(path);
    }
  }
  if (dir != NULL) {
    (void)closedir(dir);
  }
}

static bool name_is_good(const char *folder, const char *name) {
  return folder != NULL && folder[0] != '\0' && name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL &&
         strlen(name) < QTLS_STATUS_NAME_MAX;
}

qtls_err qtls_status_file_read(uint8_t **der, size_t *size, const char *folder, const char *name, size_t most) {
  char path[PATH_MOST];
  struct stat st;
  *der = NULL;
  *size = 0;
  if (!name_is_good(folder, name) || (size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path) {
    return QTLS_ERR_FILE;
  }
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (fd < 0) {
    return QTLS_ERR_FILE;
  }
  if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 || (uint64_t)st.st_size > most) {
    (void)close(fd);
    return QTLS_ERR_FILE;
  }
  size_t n = (size_t)st.st_size;
  uint8_t *all = malloc(n);
  while (all != NULL && *size < n) {
    ssize_t got = read(fd, all + *size, n - *size);
    if (got <= 0 && !(got < 0 && errno == EINTR)) {
      break;
    }
    *size += got > 0 ? (size_t)got : 0;
  }
  (void)close(fd);
  if (all == NULL || *size < n) {
    free(all);
    *size = 0;
    return all == NULL ? QTLS_ERR_NO_MEMORY : QTLS_ERR_FILE;
  }
  *der = all;
  return QTLS_OK;
}

static bool write_all(int fd, const uint8_t *p, size_t n) {
  while (n > 0) {
    ssize_t put = write(fd, p, n);
    if (put < 0 && errno != EINTR) {
      return false;
    }
    if (put > 0) {
      p += put;
      n -= (size_t)put;
    }
  }
  return true;
}

qtls_err qtls_status_file_write(const char *folder, const char *name, const uint8_t *der, size_t size,
                                qtls_fetch_problem *why) {
  char path[PATH_MOST];
  char temporary[PATH_MOST];
  if (!name_is_good(folder, name) || (size_t)snprintf(path, sizeof path, "%s/%s", folder, name) >= sizeof path ||
      (size_t)snprintf(temporary, sizeof temporary, "%s/.new-XXXXXX", folder) >= sizeof temporary) {
    return q_status_tell(why, QTLS_ERR_FILE, "the name of a file is too long");
  }
  qtls_err err = q_status_folder(folder, why);
  if (err != QTLS_OK) {
    return err;
  }
  int fd = mkstemp(temporary);
  if (fd < 0) {
    return q_status_tell(why, QTLS_ERR_FILE, "%s: a file cannot be made: %s", folder, strerror(errno));
  }
  bool good = write_all(fd, der, size) && fsync(fd) == 0;
  int code = errno;
  good = close(fd) == 0 && good;
  if (good && rename(temporary, path) == 0) {
    return QTLS_OK;
  }
  code = good ? errno : code;
  (void)unlink(temporary);
  return q_status_tell(why, QTLS_ERR_FILE, "%s: cannot be written: %s", path, strerror(code));
}
