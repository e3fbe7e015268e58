/*
 * Owns CompressedCertificate (RFC 8879 §4), which Q-TLS uses as it is (Q-TLS
 * §5). Must not expand anything.
 */
#include "wire/certificate.h"

qtls_err q_wire_compressed_certificate_read(q_compressed_certificate *out, q_span body) {
  q_reader r = body;
  Q_TRY(q_read_u16(&r, &out->algorithm));
  Q_TRY(q_read_u24(&r, &out->length));
  Q_TRY(q_read_vec24(&r, &out->data, 1, 0xFFFFFF));
  return q_read_end(&r);
}

void q_wire_compressed_certificate_write(q_writer *w, const q_compressed_certificate *in) {
  q_write_u16(w, in->algorithm);
  q_write_u24(w, in->length);
  q_write_vec(w, 3, in->data);
}
