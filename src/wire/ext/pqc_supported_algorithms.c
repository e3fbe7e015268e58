/*
 * Owns pqc_supported_algorithms, 0xFF11 (Q-TLS §5). Must not judge the codes:
 * unknown ones are passed on.
 */
#include "wire/ext/pqc_codec.h"

static qtls_err read_list(q_reader *r, q_span *codes) {
  Q_TRY(q_read_vec16(r, codes, 2, UINT16_MAX - 1));
  return codes->n % 2 == 0 ? QTLS_OK : QTLS_ERR_DECODE;
}

static void write_list(q_writer *w, const uint16_t *codes, size_t count) {
  q_mark list = q_write_open(w, 2);
  for (size_t i = 0; i < count; i++) {
    q_write_u16(w, codes[i]);
  }
  q_write_close(w, list);
}

qtls_err q_wire_pqc_algorithms_read(q_pqc_algorithms *out, q_span body) {
  q_reader r = body;
  Q_TRY(read_list(&r, &out->kems));
  Q_TRY(read_list(&r, &out->signatures));
  return q_read_end(&r);
}

void q_wire_pqc_algorithms_write(q_writer *w, const uint16_t *kems, size_t kem_count, const uint16_t *signatures,
                                 size_t signature_count) {
  write_list(w, kems, kem_count);
  write_list(w, signatures, signature_count);
}
