/* Owns supported_versions (RFC 8446 §4.2.1), the client's list and the answer. */
#include "wire/ext/ext_codec.h"

qtls_err q_wire_versions_read(q_span *codes, q_span body) {
  q_reader r = body;
  Q_TRY(q_read_vec8(&r, codes, 2, UINT8_MAX - 1));
  Q_TRY(q_read_end(&r));
  return codes->n % 2 == 0 ? QTLS_OK : QTLS_ERR_DECODE;
}

qtls_err q_wire_version_read(uint16_t *selected, q_span body) {
  q_reader r = body;
  Q_TRY(q_read_u16(&r, selected));
  return q_read_end(&r);
}

void q_wire_versions_write(q_writer *w, const uint16_t *codes, size_t count) {
  q_mark list = q_write_open(w, 1);
  for (size_t i = 0; i < count; i++) {
    q_write_u16(w, codes[i]);
  }
  q_write_close(w, list);
}
