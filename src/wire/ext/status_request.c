/*
 * Owns status_request in a ClientHello (RFC 6066 §8), as a form, and the check
 * of the extensions whose body is empty.
 */
#include "wire/ext/ext_codec.h"

#define TYPE_OCSP 1

qtls_err q_wire_status_request_check(q_span body) {
  q_reader r = body;
  uint8_t type = 0;
  q_reader responders = {NULL, 0};
  q_span extensions = {NULL, 0};
  Q_TRY(q_read_u8(&r, &type));
  /* Only the type that is known has a known form; others ask for nothing. */
  if (type != TYPE_OCSP) {
    return QTLS_OK;
  }
  Q_TRY(q_read_vec16(&r, &responders, 0, UINT16_MAX));
  Q_TRY(q_read_vec16(&r, &extensions, 0, UINT16_MAX));
  Q_TRY(q_read_end(&r));
  while (responders.n > 0) {
    q_span responder = {NULL, 0};
    Q_TRY(q_read_vec16(&responders, &responder, 1, UINT16_MAX));
  }
  return QTLS_OK;
}

qtls_err q_wire_empty_check(q_span body) { return q_read_end(&body); }
