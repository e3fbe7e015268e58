/* Owns the wording of failures (problem.h). */
#include "problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "transfer.h"

qtls_err q_socket_tell(qtls_stream_problem *why, qtls_err err, const char *format, ...) {
  if (why != NULL) {
    va_list args;
    va_start(args, format);
    why->err = err;
    (void)vsnprintf(why->text, sizeof why->text, format, args);
    va_end(args);
  }
  return err;
}

qtls_err q_socket_tell_config(qtls_stream_problem *why, qtls_err err, const char *where, const qtls_config *config) {
  const char *words = config != NULL ? qtls_config_problem(config) : "";
  if (words[0] == '\0') {
    words = qtls_err_text(err);
  }
  if (where == NULL) {
    return q_socket_tell(why, err, "%s", words);
  }
  return q_socket_tell(why, err, "%s: %s", where, words);
}

/* Append to a text that may be full already. */
__attribute__((format(printf, 3, 4))) static void add(char *out, size_t cap, const char *format, ...) {
  size_t used = strlen(out);
  va_list args;
  va_start(args, format);
  (void)vsnprintf(out + used, cap - used, format, args);
  va_end(args);
}

/* A connection that failed is connected no more: what the stream remembers tells. */
static void add_end_of_data(char *out, size_t cap, bool established) {
  if (established) {
    add(out, cap, "%s", qtls_err_text(QTLS_ERR_TRUNCATED));
  } else {
    add(out, cap, "the peer closed the connection during the handshake without saying why; it may not speak TLS");
  }
}

void q_socket_describe(char *out, size_t cap, const qtls_stream *s, qtls_err err, int system) {
  qtls_error e;
  qtls_conn_error(s->conn, &e);
  out[0] = '\0';
  if (err == QTLS_ERR_TIMEOUT) {
    add(out, cap,
        !s->established ? "the handshake took too long"
        : s->slow       ? "the peer took what was sent too slowly, or not at all"
                        : "the peer was silent for too long");
  } else if (err == QTLS_ERR_IO && system != 0) {
    add(out, cap, "the connection failed: %s", strerror(system));
  } else if (err == QTLS_ERR_TRUNCATED) {
    add_end_of_data(out, cap, s->established);
  } else if (err == QTLS_ERR_ALERT_RECEIVED) {
    add(out, cap, "the peer ended the connection with the alert %s", e.alert_name);
  } else {
    add(out, cap, "%s", qtls_err_text(err));
  }
  /* Of a received alert the particulars are its name, which was told. */
  if (e.detail != NULL && e.detail[0] != '\0' && e.err == err && !e.alert_received) {
    add(out, cap, " (%s)", e.detail);
  }
  if (e.err == err && !e.alert_received && e.alert != (uint8_t)QTLS_ALERT_none) {
    add(out, cap, "; told the peer: alert %s", e.alert_name);
  }
}
