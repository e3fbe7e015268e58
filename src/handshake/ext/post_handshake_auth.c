/* Owns post_handshake_auth (RFC 8446 §4.2.6): empty, and answered by nothing. */
#include "handshake/ext/ext.h"

bool q_ext_auth_offers(const q_machine *m) { return m->config->post_handshake_auth; }

qtls_err q_ext_auth_write_hello(q_machine *m, q_writer *w) {
  (void)w;
  m->auth_offered = true;
  return QTLS_OK;
}

qtls_err q_ext_auth_read_hello(q_machine *m, q_hello_facts *facts, q_span body) {
  (void)facts;
  m->auth_offered = true;
  return q_wire_empty_check(body);
}
