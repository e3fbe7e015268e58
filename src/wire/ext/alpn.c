/*
 * Owns application_layer_protocol_negotiation (RFC 7301 §3.1). Must not choose
 * a protocol.
 */
#include "wire/ext/ext_codec.h"

static qtls_err read_name(q_reader *list, q_span *name) {
  /* RFC 7301 §3.1: empty names must not be there. */
  return q_read_vec8(list, name, 1, UINT8_MAX);
}

qtls_err q_wire_alpn_read(q_span *list, q_span body) {
  q_reader r = body;
  Q_TRY(q_read_vec16(&r, list, 2, UINT16_MAX));
  Q_TRY(q_read_end(&r));
  q_reader walk = *list;
  while (walk.n > 0) {
    q_span name = {NULL, 0};
    Q_TRY(read_name(&walk, &name));
  }
  return QTLS_OK;
}

bool q_wire_alpn_next(q_reader *list, q_span *name) { return list->n > 0 && read_name(list, name) == QTLS_OK; }

qtls_err q_wire_alpn_read_one(q_span *name, q_span body) {
  q_reader list = {NULL, 0};
  Q_TRY(q_wire_alpn_read(&list, body));
  Q_TRY(read_name(&list, name));
  /* RFC 7301 §3.1: the answer holds exactly one name. */
  return list.n == 0 ? QTLS_OK : QTLS_ERR_DECODE;
}

void q_wire_alpn_write(q_writer *w, q_span list) { q_write_vec(w, 2, list); }
