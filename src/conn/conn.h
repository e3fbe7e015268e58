/*
 * Owns the connection: records in, messages to the handshake machine,
 * application data and alerts, closing (RFC 8446 §5, §6; Q-TLS §11). The public
 * functions in api/conn.c are thin over the ones here.
 */
#ifndef Q_CONN_H
#define Q_CONN_H

#include "handshake/machine.h"
#include "qtls/conn.h"

struct qtls_conn {
  q_machine m;
  q_queue partial;  /* the beginning of a handshake message that is not whole yet */
  bool told;        /* the connected event was given */
  bool peer_closed; /* close_notify came */
  bool opened;      /* a protected record was opened once */
  uint8_t peer_ccs;
  uint16_t empty_in_a_row;
  uint32_t post_handshake_bytes; /* since the last application data, either way */
  uint32_t sent_in_a_row;        /* for dynamic record sizes, capped */
};

/* receive.c */
QTLS_MUST_USE qtls_err q_conn_receive(struct qtls_conn *c, uint8_t *in, size_t len, size_t *used, qtls_event *event);
QTLS_MUST_USE qtls_err q_conn_receive_end(struct qtls_conn *c);

/* messages.c: handshake bytes of one record */
QTLS_MUST_USE qtls_err q_conn_messages(struct qtls_conn *c, q_span bytes);
/* Whole messages that had to wait for a job. */
QTLS_MUST_USE qtls_err q_conn_messages_left(struct qtls_conn *c);

/* alerts.c */
QTLS_MUST_USE qtls_err q_conn_alert(struct qtls_conn *c, q_span body);
/* No more steps: secrets, keys and scratch are wiped; what is queued still goes out. */
void q_conn_end(struct qtls_conn *c);
/* End the connection with `err`: remember it, queue its alert. Returns `err`. */
qtls_err q_conn_fail(struct qtls_conn *c, qtls_err err);

/* send.c */
QTLS_MUST_USE qtls_err q_conn_send(struct qtls_conn *c, q_span data, uint8_t *out, size_t cap, size_t *taken,
                                   size_t *written);
QTLS_MUST_USE qtls_err q_conn_close(struct qtls_conn *c);

/* What is limited between two pieces of application data, either way (Q-TLS §11). */
static inline void q_conn_data_passed(struct qtls_conn *c) {
  c->post_handshake_bytes = 0;
  c->m.updates_in_a_row = 0;
  c->m.tickets_received = 0;
}

/* RFC 8446 §4.6.2: a client's answer comes without anything in between. */
static inline bool q_conn_is_answering(const struct qtls_conn *c) {
  return c->m.state == Q_STATE_AUTH_CERTIFICATE_VERIFY || c->m.state == Q_STATE_AUTH_FINISHED;
}

static inline bool q_conn_failed(const struct qtls_conn *c) { return c->m.state == Q_STATE_FAILED; }

#endif
