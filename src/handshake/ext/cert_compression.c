/* Owns the offer of certificate compression: 27 for TLS 1.3 (RFC 8879), 0xFF05
 * for Q-TLS (§5). Each protocol heeds its own alone. */
#include "handshake/ext/ext.h"

bool q_ext_compress_offers(const q_machine *m) {
  return m->config->compression_count > 0 && q_policy_has(&m->hs->offer.versions, Q_VERSION_TLS13);
}

qtls_err q_ext_compress_write_hello(q_machine *m, q_writer *w) {
  q_wire_compress_certificate_write(w, m->config->compressions, m->config->compression_count);
  return QTLS_OK;
}

qtls_err q_ext_compress_read_hello(q_machine *m, q_hello_facts *facts, q_span body) {
  (void)facts;
  q_span codes = {NULL, 0};
  Q_TRY(q_wire_compress_certificate_read(&codes, body));
  m->hs->peer_compressions[0] = 0;
  for (size_t i = 0; i < q_codes_count(codes); i++) {
    uint16_t code = q_codes_at(codes, i);
    m->hs->peer_compressions[0] |= (uint8_t)(code < 8 ? 1u << code : 0);
  }
  return QTLS_OK;
}

bool q_ext_qtls_compress_offers(const q_machine *m) { return m->config->compression_count > 0 && m->hs->offer.qtls; }

qtls_err q_ext_qtls_compress_write_hello(q_machine *m, q_writer *w) {
  q_wire_cert_compression_write(w, m->config->compressions, m->config->compression_count);
  return QTLS_OK;
}

qtls_err q_ext_qtls_compress_read_hello(q_machine *m, q_hello_facts *facts, q_span body) {
  (void)facts;
  q_span codes = {NULL, 0};
  Q_TRY(q_wire_cert_compression_read(&codes, body));
  m->hs->peer_compressions[1] = 0;
  for (size_t i = 0; i < codes.n; i++) {
    m->hs->peer_compressions[1] |= (uint8_t)(codes.p[i] < 8 ? 1u << codes.p[i] : 0);
  }
  return QTLS_OK;
}
