/* Owns certificate_authorities (RFC 8446 §4.2.4). Must not parse a name. */
#include "wire/ext/ext_codec.h"

qtls_err q_wire_authorities_read(q_span *names, q_span body) {
  q_reader r = body;
  if (q_read_vec16(&r, names, 3, UINT16_MAX) != QTLS_OK) {
    return QTLS_ERR_CERT_AUTHORITIES;
  }
  Q_TRY(q_read_end(&r));
  q_reader walk = *names;
  while (walk.n > 0) {
    q_span name = {NULL, 0};
    if (q_read_vec16(&walk, &name, 1, UINT16_MAX) != QTLS_OK) {
      return QTLS_ERR_CERT_AUTHORITIES;
    }
  }
  return QTLS_OK;
}
