/*
 * Owns the moving of bytes between the socket and the connection: what is
 * read and not yet worked off, what is sealed and not yet sent. The first
 * failure of a stream is kept and stays.
 */
#ifndef Q_SOCKET_TRANSFER_H
#define Q_SOCKET_TRANSFER_H

#include <qtls/stream.h>

#include "wait.h"

struct qtls_stream {
  qtls_conn *conn;
  int fd;
  int idle_ms;
  int least_rate;   /* bytes a second; 0: none */
  int64_t behind;   /* bytes that the peer should have taken while we waited, and has not */
  bool slow;        /* that is what it failed of */
  bool established; /* the handshake is done */
  bool closed;      /* the peer's close_notify came */
  bool ended;       /* the socket's data ended */
  bool shut;        /* our close_notify was queued */
  unsigned auth_answers;
  qtls_job_fn on_job;
  void *job_user;
  qtls_err failed;
  char *problem; /* words about `failed`; NULL while all is well */
  /* Bytes from the socket. Only there while it holds some: an idle stream
   * keeps no buffer. */
  uint8_t *in;
  size_t in_used;
  /* Application data inside `in`, and what can be dropped once it is taken. */
  const uint8_t *data;
  size_t data_size;
  size_t drop;
};

/* Work off buffered records up to the next event, reading more as needed. Jobs are
 * done and answers to requests for authentication counted on the way.
 * `until` 0, here and below: the stream's idle limit for each wait. On QTLS_EVENT_data the data is in s->data. Flushes
 * what that makes due. `none` is given back only when the data has ended after a proper close, and with Q_NO_WAIT when
 * nothing has come. */
QTLS_MUST_USE qtls_err q_socket_next(qtls_stream *s, q_deadline until, qtls_event_kind *kind);

/* Seal and send `size` bytes and all that is pending before them. */
QTLS_MUST_USE qtls_err q_socket_put(qtls_stream *s, const uint8_t *data, size_t size, q_deadline until);

/* Tell the connection what time it is. */
void q_socket_set_time(qtls_stream *s);

/* Drop the input buffer and what it holds. */
void q_socket_release(qtls_stream *s);

/* Remember a failure with its words; gives it back. */
qtls_err q_socket_fail(qtls_stream *s, qtls_err err, int system);

#endif
