/*
 * Owns the reading of PEM files into a configuration, and the refusal of a
 * private key that everyone on the machine may read. What the files hold is
 * the library's to judge.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "problem.h"

/* Larger than any bundle of trust anchors in use (about 250 KiB, and some
 * ten times that if every anchor were hybrid). */
enum { FILE_MOST = 8 * 1024 * 1024 };

typedef struct text {
  uint8_t *p;
  size_t n;
} text;

static void forget(text *t) {
  if (t->p != NULL) {
    explicit_bzero(t->p, t->n);
    free(t->p);
  }
  t->p = NULL;
  t->n = 0;
}

static qtls_err read_all(text *out, int fd, size_t size) {
  out->n = 0;
  out->p = malloc(size + 1);
  if (out->p == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  while (out->n < size) {
    ssize_t got = read(fd, out->p + out->n, size - out->n);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      forget(out);
      return QTLS_ERR_FILE;
    }
    if (got == 0) {
      break;
    }
    out->n += (size_t)got;
  }
  return QTLS_OK;
}

static qtls_err check(const struct stat *st, const char *path, bool is_key, qtls_stream_problem *why) {
  if (!S_ISREG(st->st_mode)) {
    return q_socket_tell(why, QTLS_ERR_FILE, "%s: this is not a file", path);
  }
  if (st->st_size > FILE_MOST) {
    return q_socket_tell(why, QTLS_ERR_FILE, "%s: too large for a PEM file (%lld bytes)", path, (long long)st->st_size);
  }
  if (is_key && (st->st_mode & (S_IRWXO)) != 0) {
    return q_socket_tell(why, QTLS_ERR_FILE,
                         "%s: everyone on this machine may use this private key (mode %04o); do: chmod 600 %s", path,
                         (unsigned)(st->st_mode & 07777), path);
  }
  return QTLS_OK;
}

static qtls_err load(text *out, const char *path, bool is_key, qtls_stream_problem *why) {
  struct stat st;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0) {
    return q_socket_tell(why, QTLS_ERR_FILE, "%s: cannot be opened: %s", path, strerror(errno));
  }
  qtls_err err = QTLS_OK;
  if (fstat(fd, &st) != 0) {
    err = q_socket_tell(why, QTLS_ERR_FILE, "%s: %s", path, strerror(errno));
  } else {
    err = check(&st, path, is_key, why);
  }
  if (err == QTLS_OK) {
    err = read_all(out, fd, (size_t)st.st_size);
    if (err != QTLS_OK) {
      err = q_socket_tell(why, err, "%s: cannot be read: %s", path, strerror(errno));
    }
  }
  (void)close(fd);
  return err;
}

qtls_err qtls_config_load_trust(qtls_config *config, const char *file, qtls_stream_problem *why) {
  text pem = {NULL, 0};
  qtls_err err = load(&pem, file, false, why);
  if (err != QTLS_OK) {
    return err;
  }
  err = qtls_config_add_trust(config, pem.p, pem.n);
  if (err != QTLS_OK) {
    err = q_socket_tell_config(why, err, file, config);
  }
  forget(&pem);
  return err;
}

qtls_err qtls_config_load_identity(qtls_config *config, const char *chain_file, const char *key_file,
                                   qtls_stream_problem *why) {
  text chain = {NULL, 0};
  text key = {NULL, 0};
  qtls_err err = load(&chain, chain_file, false, why);
  if (err == QTLS_OK) {
    err = load(&key, key_file, true, why);
  }
  if (err == QTLS_OK && key.n == 0) {
    /* Size 0 would mean to the library that the key is held elsewhere. */
    err = q_socket_tell(why, QTLS_ERR_KEY_FORMAT, "%s: the file is empty", key_file);
  } else if (err == QTLS_OK) {
    err = qtls_config_add_identity(config, chain.p, chain.n, key.p, key.n);
    if (err != QTLS_OK) {
      char where[320];
      (void)snprintf(where, sizeof where, "%s and %s", chain_file, key_file);
      err = q_socket_tell_config(why, err, where, config);
    }
  }
  forget(&chain);
  forget(&key);
  return err;
}

static qtls_err freeze(qtls_config **out, qtls_config *config, qtls_err err, qtls_stream_problem *why) {
  if (err == QTLS_OK) {
    err = qtls_config_freeze(config);
    if (err != QTLS_OK) {
      err = q_socket_tell_config(why, err, NULL, config);
    }
  }
  if (err != QTLS_OK) {
    qtls_config_free(config);
    return err;
  }
  *out = config;
  return QTLS_OK;
}

qtls_err qtls_client_config(qtls_config **out, const char *trust_file, qtls_stream_problem *why) {
  qtls_config *config = NULL;
  *out = NULL;
  qtls_err err = qtls_config_new(&config, QTLS_CLIENT);
  if (err != QTLS_OK) {
    return q_socket_tell_config(why, err, NULL, NULL);
  }
  return freeze(out, config, qtls_config_load_trust(config, trust_file, why), why);
}

qtls_err qtls_server_config(qtls_config **out, const char *chain_file, const char *key_file, qtls_stream_problem *why) {
  qtls_config *config = NULL;
  *out = NULL;
  qtls_err err = qtls_config_new(&config, QTLS_SERVER);
  if (err != QTLS_OK) {
    return q_socket_tell_config(why, err, NULL, NULL);
  }
  return freeze(out, config, qtls_config_load_identity(config, chain_file, key_file, why), why);
}
