/* Owns server_name (RFC 6066 §3): the client names the host, never an address. */
#include <string.h>

#include "handshake/ext/ext.h"

static bool is_address(const char *name) {
  size_t digits = strspn(name, "0123456789.");
  return name[digits] == '\0' || strchr(name, ':') != NULL;
}

bool q_ext_server_name_offers(const q_machine *m) { return !is_address((const char *)m->is.server_name); }

qtls_err q_ext_server_name_write_hello(q_machine *m, q_writer *w) {
  const char *name = (const char *)m->is.server_name;
  size_t n = strlen(name);
  /* RFC 6066 §3: without the trailing dot. */
  q_wire_server_name_write(w, q_span_of(name, n > 1 && name[n - 1] == '.' ? n - 1 : n));
  return QTLS_OK;
}

qtls_err q_ext_server_name_read_hello(q_machine *m, q_hello_facts *facts, q_span body) {
  (void)m;
  return q_wire_server_name_read(&facts->server_name, body);
}

bool q_ext_server_name_answers(const q_machine *m) { return m->is.server_name != NULL; }

void q_ext_write_nothing(const q_machine *m, q_writer *w) {
  (void)m;
  (void)w;
}

qtls_err q_ext_server_name_read_answer(q_machine *m, q_span body) {
  (void)m;
  return q_wire_empty_check(body);
}
