/*
 * The blocking stream: a connection over a TCP socket, used like this:
 *
 *   qtls_config *config;  qtls_stream *s;  qtls_stream_problem why;
 *   qtls_client_config(&config, "ca.pem", &why);       configure
 *   qtls_stream_connect(&s, config, "host", 8443, &why); connect
 *   qtls_stream_write(s, "hello", 5);                   write
 *   qtls_stream_read(s, buf, sizeof buf, &n);           read (n = 0: the peer closed properly)
 *   qtls_stream_close(s);                               close
 *
 * Library: libqtls_socket. Thread rule: one stream, one thread at a time.
 */
#ifndef QTLS_STREAM_H
#define QTLS_STREAM_H

#include "qtls/conn.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct qtls_stream qtls_stream;
typedef struct qtls_listener qtls_listener;

/* Where the making of a stream or a configuration tells what went wrong: one
 * line that names the file and line, host or setting, and what to do. */
typedef struct qtls_stream_problem {
  qtls_err err;
  char text[512];
} qtls_stream_problem;

/* A frozen client configuration that trusts the anchors of a PEM file. `why` may be NULL, here and below. */
QTLS_MUST_USE qtls_err qtls_client_config(qtls_config **out, const char *trust_file, qtls_stream_problem *why);
/* A frozen server configuration with the identity of two PEM files. */
QTLS_MUST_USE qtls_err qtls_server_config(qtls_config **out, const char *chain_file, const char *key_file,
                                          qtls_stream_problem *why);
/* The same for a configuration that is being built: read the files and add them.
 * A key file that others may read is refused. */
QTLS_MUST_USE qtls_err qtls_config_load_trust(qtls_config *config, const char *file, qtls_stream_problem *why);
QTLS_MUST_USE qtls_err qtls_config_load_identity(qtls_config *config, const char *chain_file, const char *key_file,
                                                 qtls_stream_problem *why);

/* Resolve, connect (each address in turn), shake hands. */
QTLS_MUST_USE qtls_err qtls_stream_connect(qtls_stream **out, const qtls_config *config, const char *host,
                                           unsigned port, qtls_stream_problem *why);
/* Listen; `address` NULL: every address, of both families; a name: all of its addresses that this machine has.
 * `port` 0: any, the same for all of them. Accepted sockets are for qtls_stream_open, which shakes hands. */
QTLS_MUST_USE qtls_err qtls_listener_open(qtls_listener **out, const char *address, unsigned port,
                                          qtls_stream_problem *why);
unsigned qtls_listener_port(const qtls_listener *listener);
int qtls_listener_fd(const qtls_listener *listener); /* to poll for reading, whatever number of sockets there is */
int qtls_listener_socket(const qtls_listener *listener, size_t i); /* one of these, for getsockname; -1 past the end */
void qtls_listener_close(qtls_listener *listener);
QTLS_MUST_USE qtls_err qtls_listener_accept(qtls_listener *listener, int *fd, qtls_stream_problem *why);
/* The same without waiting: *fd is -1 when nobody is there. */
QTLS_MUST_USE qtls_err qtls_listener_try_accept(qtls_listener *listener, int *fd, qtls_stream_problem *why);

/* A connected TCP socket, each address of `host` tried in turn; for callers that
 * need another name verified than the one they connect to, or that drive
 * qtls/conn.h themselves. `timeout_ms` is the total, 0: none. */
QTLS_MUST_USE qtls_err qtls_socket_connect(int *out, const char *host, unsigned port, int timeout_ms,
                                           qtls_stream_problem *why);

/* Called when jobs wait (qtls_conn_job): finishes every one of them, or gives back an
 * error, which ends the stream. */
typedef qtls_err (*qtls_job_fn)(void *user, qtls_conn *conn);

/* A stream over a socket that is already connected; the stream owns `fd` from
 * now on, also on failure. Client: `server_name` is what the peer must prove.
 * Shakes hands. Time-outs in milliseconds, 0: none (handshake, then idle). */
typedef struct qtls_stream_options {
  const char *server_name;
  int handshake_ms; /* default of the calls above: 10000 */
  int idle_ms;      /* default of the calls above: 60000; for each wait */
  /* Bytes a second that the peer has to take of what is written; one that takes less uses up the idle limit as one
   * that takes nothing does, only more slowly. 0: none, so each byte that it takes begins the limit anew. */
  int least_rate;
  /* NULL: keys held outside cannot be used, and statuses are those that nobody could have. */
  qtls_job_fn on_job;
  void *job_user;
} qtls_stream_options;
QTLS_MUST_USE qtls_err qtls_stream_open(qtls_stream **out, const qtls_config *config, int fd,
                                        const qtls_stream_options *options, qtls_stream_problem *why);

/* Up to `size` bytes, at least one; *n = 0 when the peer closed properly.
 * QTLS_ERR_TRUNCATED when the data ended without close_notify. */
QTLS_MUST_USE qtls_err qtls_stream_read(qtls_stream *s, void *buf, size_t size, size_t *n);
/* The same without waiting, for a caller that polls qtls_stream_fd beside other
 * things: *again when nothing has come yet. Call until it says so. */
QTLS_MUST_USE qtls_err qtls_stream_try_read(qtls_stream *s, void *buf, size_t size, size_t *n, bool *again);
/* All of it, or an error. */
QTLS_MUST_USE qtls_err qtls_stream_write(qtls_stream *s, const void *data, size_t size);
/* Say that no more will be written; reading goes on (half close). */
QTLS_MUST_USE qtls_err qtls_stream_shutdown(qtls_stream *s);
QTLS_MUST_USE qtls_err qtls_stream_key_update(qtls_stream *s, bool ask_peer);

/* Server: ask the client to authenticate (qtls_conn_request_auth). Its answer is taken
 * in by the reads that follow; how many have come tells qtls_stream_auth_answers. */
QTLS_MUST_USE qtls_err qtls_stream_request_auth(qtls_stream *s, bool required);
unsigned qtls_stream_auth_answers(const qtls_stream *s);

/* The connection inside (qtls_conn_get_info, qtls_conn_error ...), and the socket. */
qtls_conn *qtls_stream_conn(qtls_stream *s);
int qtls_stream_fd(const qtls_stream *s);
/* One line about the last failure of this stream; "" if none. Owned by it. */
const char *qtls_stream_error_text(qtls_stream *s);

/* close_notify if possible, close the socket, free. NULL is fine. Says whether
 * close_notify went out. */
qtls_err qtls_stream_close(qtls_stream *s);

#ifdef __cplusplus
}
#endif
#endif
