/* Owns the cookie extension (RFC 8446 §4.2.2): the client repeats what it was given. */
#include "handshake/ext/ext.h"

bool q_ext_cookie_offers(const q_machine *m) { return m->hs->cookie.n > 0; }

qtls_err q_ext_cookie_write_hello(q_machine *m, q_writer *w) {
  q_wire_cookie_write(w, m->hs->cookie);
  return QTLS_OK;
}

qtls_err q_ext_cookie_read_hello(q_machine *m, q_hello_facts *facts, q_span body) {
  (void)m;
  facts->has_cookie = true;
  return q_wire_cookie_read(&facts->cookie, body);
}
