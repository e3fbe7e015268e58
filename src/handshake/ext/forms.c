/* Owns the extensions of a ClientHello whose form is checked and whose offer is
 * declined: a malformed one is refused even so. */
#include "handshake/ext/ext.h"

/* Declined early data still arrives and is skipped (RFC 8446 §4.2.10). */
qtls_err q_ext_early_data_read_hello(q_machine *m, q_hello_facts *facts, q_span body) {
  (void)facts;
  m->hs->early_data_offered = true;
  return q_wire_empty_check(body);
}

qtls_err q_ext_psk_modes_read_hello(q_machine *m, q_hello_facts *facts, q_span body) {
  (void)m;
  facts->has_psk_modes = true;
  q_span modes = {NULL, 0};
  return q_wire_psk_modes_read(&modes, body);
}

qtls_err q_ext_psk_read_hello(q_machine *m, q_hello_facts *facts, q_span body) {
  (void)m;
  facts->has_psk = true;
  return q_wire_pre_shared_key_check(body);
}

qtls_err q_ext_codes_check_read_hello(q_machine *m, q_hello_facts *facts, q_span body) {
  (void)m;
  (void)facts;
  q_span codes = {NULL, 0};
  return q_wire_codes16_read(&codes, body);
}

qtls_err q_ext_authorities_read_hello(q_machine *m, q_hello_facts *facts, q_span body) {
  (void)m;
  (void)facts;
  q_span names = {NULL, 0};
  return q_wire_authorities_read(&names, body);
}
