/*
 * Owns the key log file (RFC 9850, the format that Wireshark and NSS know): one
 * line for each secret, appended, the file readable by its owner only. Each
 * line goes out in one write, so that several threads and processes may share
 * a file. Must not be used outside debugging: who holds the file reads the
 * connections.
 */
#include <errno.h>
#include <fcntl.h>
#include <qtls/keylog.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "CLIENT_HANDSHAKE_TRAFFIC_SECRET", a random and a secret of 64 bytes in hex. */
enum { LINE_MOST = 512 };

struct qtls_keylog {
  int fd;
};

static qtls_err tell(char *problem, size_t cap, qtls_err err, const char *path, const char *what) {
  if (problem != NULL && cap > 0) {
    (void)snprintf(problem, cap, "%s: %s", path, what);
  }
  return err;
}

qtls_err qtls_keylog_open(qtls_keylog **out, const char *path, char *problem, size_t cap) {
  struct stat st;
  *out = NULL;
  int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, S_IRUSR | S_IWUSR);
  if (fd < 0) {
    return tell(problem, cap, QTLS_ERR_FILE, path, strerror(errno));
  }
  /* A file that was there keeps its mode: others must not be able to read it. */
  if (fstat(fd, &st) != 0 || (S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)) {
    (void)close(fd);
    return tell(problem, cap, QTLS_ERR_FILE, path, "others may read this file, and key logs are secret; chmod 600 it");
  }
  qtls_keylog *log = malloc(sizeof *log);
  if (log == NULL) {
    (void)close(fd);
    return tell(problem, cap, QTLS_ERR_NO_MEMORY, path, qtls_err_text(QTLS_ERR_NO_MEMORY));
  }
  log->fd = fd;
  *out = log;
  return QTLS_OK;
}

void qtls_keylog_write(void *keylog, const char *line) {
  const qtls_keylog *log = keylog;
  char text[LINE_MOST];
  size_t n = strlen(line);
  if (n + 1 > sizeof text) {
    return;
  }
  memcpy(text, line, n);
  text[n] = '\n';
  ssize_t put;
  do {
    put = write(log->fd, text, n + 1);
  } while (put < 0 && errno == EINTR);
  explicit_bzero(text, sizeof text);
}

void qtls_keylog_close(qtls_keylog *keylog) {
  if (keylog != NULL) {
    (void)close(keylog->fd);
    free(keylog);
  }
}
