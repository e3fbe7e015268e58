/* Owns CertificateRequest (RFC 8446 §4.3.2). Must not judge its extensions. */
#include "wire/certificate.h"

qtls_err q_wire_certificate_request_read(q_certificate_request *out, q_span body) {
  q_reader r = body;
  Q_TRY(q_read_vec8(&r, &out->context, 0, UINT8_MAX));
  Q_TRY(q_wire_extensions_read(&out->extensions, &r));
  return q_read_end(&r);
}
