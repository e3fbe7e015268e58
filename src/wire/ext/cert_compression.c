/*
 * Owns the two lists of certificate compression algorithms: compress_certificate
 * (RFC 8879 §3) with uint16 codes, and 0xFF05 (Q-TLS §5) with bytes. Must not
 * compress.
 */
#include "wire/ext/ext_codec.h"

qtls_err q_wire_compress_certificate_read(q_span *codes, q_span body) {
  q_reader r = body;
  Q_TRY(q_read_vec8(&r, codes, 2, UINT8_MAX - 1));
  Q_TRY(q_read_end(&r));
  return codes->n % 2 == 0 ? QTLS_OK : QTLS_ERR_DECODE;
}

void q_wire_compress_certificate_write(q_writer *w, const uint8_t *algorithms, size_t count) {
  q_mark list = q_write_open(w, 1);
  for (size_t i = 0; i < count; i++) {
    q_write_u16(w, algorithms[i]);
  }
  q_write_close(w, list);
}

qtls_err q_wire_cert_compression_read(q_span *bytes, q_span body) {
  q_reader r = body;
  Q_TRY(q_read_vec8(&r, bytes, 1, UINT8_MAX));
  return q_read_end(&r);
}

void q_wire_cert_compression_write(q_writer *w, const uint8_t *algorithms, size_t count) {
  q_write_vec(w, 1, q_span_of(algorithms, count));
}
