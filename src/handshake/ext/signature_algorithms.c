/* Owns signature_algorithms (RFC 8446 §4.2.3). */
#include "handshake/ext/ext.h"

qtls_err q_ext_schemes_write_hello(q_machine *m, q_writer *w) {
  q_codes list;
  q_policy_scheme_list(&list, &m->hs->offer.schemes, true);
  q_wire_codes16_write(w, list.code, list.count);
  return QTLS_OK;
}

qtls_err q_ext_schemes_read_hello(q_machine *m, q_hello_facts *facts, q_span body) {
  (void)m;
  facts->has_schemes = true;
  return q_wire_codes16_read(&facts->offer.schemes, body);
}
