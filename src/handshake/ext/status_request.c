/* Owns status_request (RFC 6066 §8, RFC 8446 §4.4.2.1): a client asks for OCSP
 * responses with the server's certificates; the answer stands in Certificate. */
#include "handshake/ext/ext.h"

bool q_ext_status_offers(const q_machine *m) { return m->config->revocation != Q_REVOCATION_OFF; }

qtls_err q_ext_status_write_hello(q_machine *m, q_writer *w) {
  (void)m;
  q_wire_status_request_write(w);
  return QTLS_OK;
}

qtls_err q_ext_status_read_hello(q_machine *m, q_hello_facts *facts, q_span body) {
  (void)facts;
  return q_wire_status_request_read(&m->hs->status_asked, body);
}

/* Timestamps of certificate transparency logs (RFC 6962 §3.3.1): wanted beside
 * those in the certificate. This server has none to send. */
bool q_ext_sct_offers(const q_machine *m) { return m->config->ct_least > 0; }

qtls_err q_ext_sct_write_hello(q_machine *m, q_writer *w) {
  (void)m;
  (void)w;
  return QTLS_OK;
}

qtls_err q_ext_sct_read_hello(q_machine *m, q_hello_facts *facts, q_span body) {
  (void)m;
  (void)facts;
  return q_wire_empty_check(body);
}
