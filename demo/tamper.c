/*
 * A server of the demonstration that can lie: its private keys are held outside
 * the library (qtls/conn.h, jobs), so between the signing and the sending it can
 * alter one bit of either half of its hybrid signature. Nothing in the library
 * or in the command `qtls` helps with this; it is what an attacker could write.
 *
 *   demo_tamper CHAIN.pem KEY.pem HALF...     HALF: none, ml-dsa or ecdsa
 *
 * Takes one connection for each HALF, in order, and tells what the client said.
 */
#include <qtls/qtls.h>
#include <qtls/stream.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FILE_MOST = 64 * 1024, SIGNATURE_MOST = 4627 };

typedef struct liar {
  qtls_config *config;
  qtls_key *key;
  const char *half; /* of the connection at hand */
} liar;

static size_t read_file(const char *path, char *out, size_t cap) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    return 0;
  }
  size_t n = fread(out, 1, cap, file);
  (void)fclose(file);
  return n;
}

/* A server whose library knows the certificates and not the keys. */
static qtls_err prepare(liar *l, const char *chain_file, const char *key_file) {
  static char text[FILE_MOST];
  size_t n = read_file(key_file, text, sizeof text);
  qtls_err err = qtls_key_load(&l->key, NULL, text, n);
  if (err == QTLS_OK) {
    err = qtls_config_new(&l->config, QTLS_SERVER);
  }
  if (err == QTLS_OK) {
    n = read_file(chain_file, text, sizeof text);
    err = qtls_config_add_identity(l->config, text, n, NULL, 0);
  }
  return err == QTLS_OK ? qtls_config_freeze(l->config) : err;
}

/* Do what the connection asks for, then lie about it. */
static qtls_err sign(const liar *l, qtls_conn *conn, const qtls_job *job) {
  uint8_t signature[SIGNATURE_MOST];
  size_t n = 0;
  qtls_err err = qtls_key_sign(l->key, job->alternative_key, job->scheme, job->input, job->input_size, signature,
                               sizeof signature, &n);
  if (err != QTLS_OK) {
    return err;
  }
  if (job->alternative_key && strcmp(l->half, "ml-dsa") == 0) {
    signature[n / 2] ^= 1;
  } else if (!job->alternative_key && strcmp(l->half, "ecdsa") == 0) {
    signature[n - 1] ^= 1; /* the last bit of s: still a well-formed signature */
  }
  return qtls_conn_job_done(conn, job->id, signature, n);
}

static bool flush(qtls_conn *conn, int fd, const void *data, size_t size) {
  uint8_t out[QTLS_RECORD_MAX];
  size_t taken = 0;
  size_t written = 0;
  do {
    if (qtls_conn_send(conn, data, size, out, sizeof out, &taken, &written) != QTLS_OK ||
        send(fd, out, written, MSG_NOSIGNAL) != (ssize_t)written) {
      return false;
    }
    size -= taken;
  } while (size > 0 || qtls_conn_pending(conn) > 0);
  return true;
}

/* The loop of qtls/conn.h, until the client closes or refuses. */
static void converse(const liar *l, qtls_conn *conn, int fd) {
  static const char words[] = "signed by keys that the library never saw\n";
  uint8_t in[QTLS_RECORD_MAX];
  size_t have = 0;
  for (;;) {
    size_t used = 0;
    qtls_event event;
    if (qtls_conn_recv(conn, in, have, &used, &event) != QTLS_OK) {
      return;
    }
    have -= used;
    memmove(in, in + used, have);
    if (event.kind == QTLS_EVENT_job) {
      const qtls_job *job = NULL;
      while ((job = qtls_conn_job(conn, 0)) != NULL) {
        if (sign(l, conn, job) != QTLS_OK) {
          return;
        }
      }
      continue;
    }
    if (event.kind == QTLS_EVENT_connected &&
        (!flush(conn, fd, words, sizeof words - 1) || qtls_conn_close(conn) != QTLS_OK)) {
      return;
    }
    if (!flush(conn, fd, NULL, 0) || event.kind == QTLS_EVENT_closed) {
      return;
    }
    if (event.kind == QTLS_EVENT_none) {
      ssize_t got = recv(fd, in + have, sizeof in - have, 0);
      if (got <= 0) {
        return;
      }
      have += (size_t)got;
    }
  }
}

static void serve_one(const liar *l, int fd) {
  const qtls_conn_params params = {.now = (int64_t)time(NULL)};
  qtls_conn *conn = NULL;
  qtls_error e;
  if (qtls_conn_new(&conn, l->config, &params) == QTLS_OK) {
    converse(l, conn, fd);
    qtls_conn_error(conn, &e);
    (void)printf("altered: %s; the client said: %s\n", l->half,
                 e.alert_received               ? e.alert_name
                 : qtls_conn_is_connected(conn) ? "welcome"
                                                : "nothing");
    (void)fflush(stdout);
  }
  qtls_conn_free(conn);
  (void)close(fd);
}

int main(int argc, char **argv) {
  liar l = {NULL, NULL, NULL};
  qtls_listener *listener = NULL;
  qtls_stream_problem why = {QTLS_OK, ""};
  int fd = -1;
  if (argc < 4) {
    (void)fprintf(stderr, "usage: demo_tamper CHAIN.pem KEY.pem none|ml-dsa|ecdsa...\n");
    return 2;
  }
  qtls_err err = prepare(&l, argv[1], argv[2]);
  if (err != QTLS_OK || qtls_listener_open(&listener, "127.0.0.1", 0, &why) != QTLS_OK) {
    (void)fprintf(stderr, "demo_tamper: %s\n", err != QTLS_OK ? qtls_err_text(err) : why.text);
    return 1;
  }
  (void)printf("listening on port %u\n", qtls_listener_port(listener));
  (void)fflush(stdout);
  for (int i = 3; i < argc && qtls_listener_accept(listener, &fd, &why) == QTLS_OK; i++) {
    l.half = argv[i];
    serve_one(&l, fd);
  }
  qtls_listener_close(listener);
  qtls_config_free(l.config);
  qtls_key_free(l.key);
  return 0;
}
