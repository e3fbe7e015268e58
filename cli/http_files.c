/*
 * Owns the files that are served (http_files.h). The path is walked one name
 * at a time from the root's descriptor, never following a link, so that
 * nothing outside can be reached even while the tree changes.
 */
#include "http_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const struct {
  const char *ending;
  const char *type;
} types[] = {{"html", "text/html; charset=utf-8"},
             {"htm", "text/html; charset=utf-8"},
             {"css", "text/css; charset=utf-8"},
             {"js", "text/javascript; charset=utf-8"},
             {"mjs", "text/javascript; charset=utf-8"},
             {"json", "application/json"},
             {"txt", "text/plain; charset=utf-8"},
             {"md", "text/markdown; charset=utf-8"},
             {"c", "text/plain; charset=utf-8"},
             {"h", "text/plain; charset=utf-8"},
             {"log", "text/plain; charset=utf-8"},
             {"csv", "text/csv; charset=utf-8"},
             {"xml", "application/xml"},
             {"svg", "image/svg+xml"},
             {"png", "image/png"},
             {"jpg", "image/jpeg"},
             {"jpeg", "image/jpeg"},
             {"gif", "image/gif"},
             {"webp", "image/webp"},
             {"ico", "image/x-icon"},
             {"pdf", "application/pdf"},
             {"wasm", "application/wasm"},
             {"woff2", "font/woff2"},
             {"gz", "application/gzip"},
             {"zip", "application/zip"},
             {"tar", "application/x-tar"},
             {"mp4", "video/mp4"},
             {"webm", "video/webm"},
             {"pem", "application/x-pem-file"}};

static const char *type_of(const char *path) {
  const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
  const char *dot = strrchr(name, '.');
  for (size_t i = 0; dot != NULL && i < sizeof types / sizeof types[0]; i++) {
    if (strcasecmp(dot + 1, types[i].ending) == 0) {
      return types[i].type;
    }
  }
  return "application/octet-stream";
}

/* One name below `at`, which is closed. -1 with errno. */
static int step(int at, const char *name, bool is_last) {
  int kind = is_last ? O_NONBLOCK | O_NOCTTY : O_DIRECTORY;
  int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | kind);
  int code = errno;
  (void)close(at);
  errno = code;
  return fd;
}

static int status_of(int code) { return code == EMFILE || code == ENFILE || code == ENOMEM || code == EIO ? 500 : 404; }

static int walk(int root, const char *path) {
  char name[256];
  int at = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  while (at >= 0 && *path != '\0') {
    size_t n = strcspn(path, "/");
    if (n >= sizeof name) {
      (void)close(at);
      errno = ENOENT;
      return -1;
    }
    memcpy(name, path, n);
    name[n] = '\0';
    path += n;
    at = step(at, name, *path == '\0');
    path += *path == '/' ? 1 : 0;
  }
  return at;
}

int http_file_open(http_file *out, int root, const char *path, bool folder) {
  int fd = walk(root, path);
  if (fd < 0 || fstat(fd, &out->st) != 0) {
    int status = status_of(errno);
    if (fd >= 0) {
      (void)close(fd);
    }
    return status;
  }
  out->type = type_of(path);
  if (S_ISDIR(out->st.st_mode)) {
    if (!folder && path[0] != '\0') {
      (void)close(fd);
      return 301;
    }
    fd = step(fd, HTTP_INDEX, true);
    out->type = types[0].type;
    folder = false;
    if (fd < 0 || fstat(fd, &out->st) != 0) {
      int status = status_of(errno);
      if (fd >= 0) {
        (void)close(fd);
      }
      return status;
    }
  }
  if (folder || !S_ISREG(out->st.st_mode)) {
    (void)close(fd);
    return 404;
  }
  out->fd = fd;
  return 0;
}
