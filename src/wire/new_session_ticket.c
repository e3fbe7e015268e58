/* Owns NewSessionTicket (RFC 8446 §4.6.1). Must not keep any ticket. */
#include "wire/post_handshake.h"

qtls_err q_wire_new_session_ticket_read(q_new_session_ticket *out, q_span body) {
  q_reader r = body;
  Q_TRY(q_read_u32(&r, &out->lifetime));
  Q_TRY(q_read_u32(&r, &out->age_add));
  Q_TRY(q_read_vec8(&r, &out->nonce, 0, UINT8_MAX));
  Q_TRY(q_read_vec16(&r, &out->ticket, 1, UINT16_MAX));
  Q_TRY(q_wire_extensions_read(&out->extensions, &r));
  return q_read_end(&r);
}
