/* Owns KeyUpdate (RFC 8446 §4.6.3) and NewSessionTicket (§4.6.1). */
#ifndef Q_WIRE_POST_HANDSHAKE_H
#define Q_WIRE_POST_HANDSHAKE_H

#include "wire/extensions.h"

/* KEY_UPDATE_VALUE for other than 0 and 1. */
QTLS_MUST_USE qtls_err q_wire_key_update_read(bool *requested, q_span body);
void q_wire_key_update_write(q_writer *w, bool requested);

typedef struct q_new_session_ticket {
  uint32_t lifetime; /* seconds */
  uint32_t age_add;
  q_span nonce;
  q_span ticket; /* at least one byte */
  q_ext_set extensions;
} q_new_session_ticket;
QTLS_MUST_USE qtls_err q_wire_new_session_ticket_read(q_new_session_ticket *out, q_span body);

#endif
