/*
 * Owns status_request (RFC 6066 §8) in a ClientHello and in the entries of a
 * Certificate (RFC 8446 §4.4.2.1), and the check of the extensions whose body is
 * empty. Must not look into a response.
 */
#include "wire/ext/ext_codec.h"

#define TYPE_OCSP 1

qtls_err q_wire_status_request_read(bool *ocsp, q_span body) {
  *ocsp = false;
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
  *ocsp = true;
  return QTLS_OK;
}

/* No responder is preferred, and no extension asked for. */
void q_wire_status_request_write(q_writer *w) {
  q_write_u8(w, TYPE_OCSP);
  q_write_u16(w, 0);
  q_write_u16(w, 0);
}

qtls_err q_wire_certificate_status_read(q_span *response, q_span body) {
  q_reader r = body;
  uint8_t type = 0;
  Q_TRY(q_read_u8(&r, &type));
  if (type != TYPE_OCSP) {
    return QTLS_ERR_OCSP_PARSE;
  }
  Q_TRY(q_read_vec24(&r, response, 1, 0xFFFFFF));
  return q_read_end(&r);
}

void q_wire_certificate_status_write(q_writer *w, q_span response) {
  q_write_u8(w, TYPE_OCSP);
  q_write_vec(w, 3, response);
}

qtls_err q_wire_empty_check(q_span body) { return q_read_end(&body); }
