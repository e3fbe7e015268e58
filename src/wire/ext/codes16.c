/*
 * Owns the body that supported_groups (RFC 8446 §4.2.7), signature_algorithms
 * and signature_algorithms_cert (§4.2.3) share: a list of uint16.
 */
#include "wire/ext/ext_codec.h"

qtls_err q_wire_codes16_read(q_span *codes, q_span body) {
  q_reader r = body;
  Q_TRY(q_read_vec16(&r, codes, 2, UINT16_MAX - 1));
  Q_TRY(q_read_end(&r));
  return codes->n % 2 == 0 ? QTLS_OK : QTLS_ERR_DECODE;
}

void q_wire_codes16_write(q_writer *w, const uint16_t *codes, size_t count) {
  q_mark list = q_write_open(w, 2);
  for (size_t i = 0; i < count; i++) {
    q_write_u16(w, codes[i]);
  }
  q_write_close(w, list);
}
