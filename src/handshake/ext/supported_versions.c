/* Owns supported_versions of a ClientHello (RFC 8446 §4.2.1, Q-TLS §1). */
#include "handshake/ext/ext.h"

qtls_err q_ext_versions_write_hello(q_machine *m, q_writer *w) {
  uint16_t codes[Q_LIST_MAX + 1];
  size_t n = 0;
  if (m->config->grease) {
    codes[n++] = q_ext_grease(m, Q_GREASE_VERSION);
  }
  for (size_t i = 0; i < m->hs->offer.versions.count; i++) {
    codes[n++] = m->hs->offer.versions.code[i];
  }
  q_wire_versions_write(w, codes, n);
  return QTLS_OK;
}

qtls_err q_ext_versions_read_hello(q_machine *m, q_hello_facts *facts, q_span body) {
  (void)m;
  facts->has_versions = true;
  return q_wire_versions_read(&facts->offer.versions, body);
}
