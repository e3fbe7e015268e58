/* Owns cookie (RFC 8446 §4.2.2) as bytes. Must not look into one. */
#include "wire/ext/ext_codec.h"

qtls_err q_wire_cookie_read(q_span *cookie, q_span body) {
  q_reader r = body;
  Q_TRY(q_read_vec16(&r, cookie, 1, UINT16_MAX));
  return q_read_end(&r);
}

void q_wire_cookie_write(q_writer *w, q_span cookie) { q_write_vec(w, 2, cookie); }
