/*
 * Owns the blocking stream: handshake, read, write, half close, close, over a
 * connected socket. The protocol is the connection's (qtls/conn.h); the bytes
 * move in transfer.c. A handshake's time limit is a total; the idle limit is
 * for each wait, or for all of those in which the peer was too slow.
 */
#include <netinet/in.h>
#include <poll.h>
#include <qtls/stream.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "problem.h"
#include "transfer.h"

/* How long a close waits for the peer to take what was sent. */
enum { CLOSE_MS = 1000, LINGER_MS = 300 };

/* The address alone, without the port: what a cookie is bound to. */
static size_t address_of(int fd, uint8_t out[16]) {
  struct sockaddr_storage at;
  socklen_t size = sizeof at;
  if (getpeername(fd, (struct sockaddr *)&at, &size) != 0) {
    return 0;
  }
  if (at.ss_family == AF_INET) {
    struct sockaddr_in four;
    memcpy(&four, &at, sizeof four);
    memcpy(out, &four.sin_addr, 4);
    return 4;
  }
  if (at.ss_family == AF_INET6) {
    struct sockaddr_in6 six;
    memcpy(&six, &at, sizeof six);
    memcpy(out, &six.sin6_addr, 16);
    return 16;
  }
  return 0;
}

static qtls_err shake_hands(qtls_stream *s, int timeout_ms) {
  q_deadline until = q_socket_deadline(timeout_ms);
  qtls_err err = q_socket_put(s, NULL, 0, until);
  while (err == QTLS_OK && !qtls_conn_is_connected(s->conn)) {
    qtls_event_kind kind;
    err = q_socket_next(s, until, &kind);
    if (err == QTLS_OK && kind == QTLS_EVENT_none) {
      err = q_socket_fail(s, QTLS_ERR_TRUNCATED, 0);
    }
  }
  s->established = err == QTLS_OK;
  return err == QTLS_OK ? q_socket_put(s, NULL, 0, until) : err;
}

static qtls_err create(qtls_stream **out, const qtls_config *config, int fd, const qtls_stream_options *options) {
  uint8_t address[16];
  struct timespec now;
  qtls_stream *s = calloc(1, sizeof *s);
  if (s == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  (void)clock_gettime(CLOCK_REALTIME, &now);
  const qtls_conn_params params = {.server_name = options->server_name,
                                   .now = (int64_t)now.tv_sec,
                                   .peer_address = address,
                                   .peer_address_size = address_of(fd, address)};
  qtls_err err = qtls_conn_new(&s->conn, config, &params);
  if (err != QTLS_OK) {
    free(s);
    return err;
  }
  s->fd = fd;
  s->on_job = options->on_job;
  s->job_user = options->job_user;
  *out = s;
  return QTLS_OK;
}

qtls_err qtls_stream_open(qtls_stream **out, const qtls_config *config, int fd, const qtls_stream_options *options,
                          qtls_stream_problem *why) {
  static const qtls_stream_options usual = {.server_name = NULL, .handshake_ms = 10000, .idle_ms = 60000};
  qtls_stream *s = NULL;
  *out = NULL;
  if (options == NULL) {
    options = &usual;
  }
  qtls_err err = create(&s, config, fd, options);
  if (err != QTLS_OK) {
    (void)close(fd);
    return q_socket_tell(why, err, "%s", qtls_err_text(err));
  }
  err = shake_hands(s, options->handshake_ms);
  if (err != QTLS_OK) {
    (void)q_socket_tell(why, err, "%s%s%s", options->server_name != NULL ? options->server_name : "",
                        options->server_name != NULL ? ": " : "", qtls_stream_error_text(s));
    (void)qtls_stream_close(s);
    return err;
  }
  s->idle_ms = options->idle_ms;
  s->least_rate = options->least_rate;
  *out = s;
  return QTLS_OK;
}

static qtls_err read_some(qtls_stream *s, void *buf, size_t size, q_deadline until, size_t *n, bool *again) {
  *n = 0;
  *again = false;
  if (size == 0) {
    return QTLS_ERR_ARGUMENT;
  }
  while (s->data_size == 0) {
    qtls_event_kind kind;
    if (s->closed) {
      return QTLS_OK;
    }
    if (s->failed != QTLS_OK) {
      return s->failed;
    }
    qtls_err err = q_socket_next(s, until, &kind);
    if (err != QTLS_OK) {
      return err;
    }
    if (kind == QTLS_EVENT_none && !s->ended) {
      *again = true;
      return QTLS_OK;
    }
    if (kind == QTLS_EVENT_closed || kind == QTLS_EVENT_none) {
      s->closed = true;
      q_socket_release(s);
    }
  }
  *n = size < s->data_size ? size : s->data_size;
  memcpy(buf, s->data, *n);
  s->data += *n;
  s->data_size -= *n;
  if (s->data_size == 0 && s->drop == s->in_used) {
    q_socket_release(s);
  }
  return QTLS_OK;
}

qtls_err qtls_stream_read(qtls_stream *s, void *buf, size_t size, size_t *n) {
  bool again;
  return read_some(s, buf, size, 0, n, &again);
}

qtls_err qtls_stream_try_read(qtls_stream *s, void *buf, size_t size, size_t *n, bool *again) {
  return read_some(s, buf, size, Q_NO_WAIT, n, again);
}

qtls_err qtls_stream_write(qtls_stream *s, const void *data, size_t size) {
  if (s->failed != QTLS_OK) {
    return s->failed;
  }
  return s->shut ? QTLS_ERR_CLOSED : q_socket_put(s, data, size, 0);
}

qtls_err qtls_stream_shutdown(qtls_stream *s) {
  if (s->failed != QTLS_OK) {
    return s->failed;
  }
  if (s->shut) {
    return QTLS_OK;
  }
  s->shut = true;
  qtls_err err = qtls_conn_close(s->conn);
  if (err != QTLS_OK) {
    return q_socket_fail(s, err, 0);
  }
  return q_socket_put(s, NULL, 0, 0);
}

qtls_err qtls_stream_key_update(qtls_stream *s, bool ask_peer) {
  if (s->failed != QTLS_OK) {
    return s->failed;
  }
  qtls_err err = qtls_conn_key_update(s->conn, ask_peer);
  if (err != QTLS_OK) {
    return err;
  }
  return q_socket_put(s, NULL, 0, 0);
}

qtls_err qtls_stream_request_auth(qtls_stream *s, bool required) {
  if (s->failed != QTLS_OK) {
    return s->failed;
  }
  q_socket_set_time(s);
  qtls_err err = qtls_conn_request_auth(s->conn, required);
  return err == QTLS_OK ? q_socket_put(s, NULL, 0, 0) : err;
}

unsigned qtls_stream_auth_answers(const qtls_stream *s) { return s->auth_answers; }

qtls_conn *qtls_stream_conn(qtls_stream *s) { return s->conn; }

int qtls_stream_fd(const qtls_stream *s) { return s->fd; }

const char *qtls_stream_error_text(qtls_stream *s) {
  if (s->failed == QTLS_OK) {
    return "";
  }
  return s->problem != NULL ? s->problem : qtls_err_text(s->failed);
}

/* Closing a socket with unread bytes in it resets the connection, and a reset
 * can destroy what the peer has not read yet: our last record, or the alert
 * that tells it why. So what still comes is read away, for a short while. */
static void linger(qtls_stream *s) {
  uint8_t away[2048];
  q_deadline until = q_socket_deadline(LINGER_MS);
  bool must_wait = s->failed != QTLS_OK;
  (void)shutdown(s->fd, SHUT_WR);
  for (size_t i = 0; i < 512; i++) {
    ssize_t got = recv(s->fd, away, sizeof away, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && (!must_wait || q_socket_wait(s->fd, POLLIN, until) != QTLS_OK))) {
      break;
    }
  }
}

qtls_err qtls_stream_close(qtls_stream *s) {
  qtls_err err = QTLS_OK;
  if (s == NULL) {
    return QTLS_OK;
  }
  if (s->failed != QTLS_OK) {
    err = s->failed;
  } else if (!s->shut) {
    s->idle_ms = CLOSE_MS;
    err = qtls_stream_shutdown(s);
  }
  if (!s->ended && s->failed != QTLS_ERR_IO) {
    linger(s);
  }
  (void)close(s->fd);
  q_socket_release(s);
  qtls_conn_free(s->conn);
  free(s->problem);
  free(s);
  return err;
}
