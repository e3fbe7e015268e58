/*
 * Owns the handshake message header (RFC 8446 §4) and the alert body (§6).
 * Must not judge which message or alert may come.
 */
#include "wire/header.h"

q_mark q_wire_message_open(q_writer *w, q_msg_type type) {
  q_write_u8(w, (uint8_t)type);
  return q_write_open(w, 3);
}

qtls_err q_wire_alert_read(q_alert_body *out, q_span body) {
  /* RFC 8446 §6: level and description, never split nor joined. */
  if (body.n != 2) {
    return QTLS_ERR_ALERT_DECODE;
  }
  *out = (q_alert_body){body.p[0], body.p[1]};
  return QTLS_OK;
}
