/* Owns KeyUpdate (RFC 8446 §4.6.3). Must not change any key. */
#include "wire/post_handshake.h"

qtls_err q_wire_key_update_read(bool *requested, q_span body) {
  q_reader r = body;
  uint8_t value = 0;
  Q_TRY(q_read_u8(&r, &value));
  Q_TRY(q_read_end(&r));
  if (value > 1) {
    return QTLS_ERR_KEY_UPDATE_VALUE;
  }
  *requested = value == 1;
  return QTLS_OK;
}

void q_wire_key_update_write(q_writer *w, bool requested) { q_write_u8(w, requested ? 1 : 0); }
