/* Owns supported_groups (RFC 8446 §4.2.7; the order: Q-TLS §2). */
#include "handshake/ext/ext.h"

qtls_err q_ext_groups_write_hello(q_machine *m, q_writer *w) {
  uint16_t codes[Q_LIST_MAX + 1];
  size_t n = 0;
  if (m->config->grease) {
    codes[n++] = q_ext_grease(m, Q_GREASE_GROUP);
  }
  for (size_t i = 0; i < m->hs->offer.groups.count; i++) {
    codes[n++] = m->hs->offer.groups.code[i];
  }
  q_wire_codes16_write(w, codes, n);
  return QTLS_OK;
}

qtls_err q_ext_groups_read_hello(q_machine *m, q_hello_facts *facts, q_span body) {
  (void)m;
  facts->has_groups = true;
  return q_wire_codes16_read(&facts->offer.groups, body);
}

/* A server may tell its groups for later connections; nothing depends on it. */
qtls_err q_ext_groups_read_answer(q_machine *m, q_span body) {
  (void)m;
  q_span codes = {NULL, 0};
  return q_wire_codes16_read(&codes, body);
}
