/* Owns application_layer_protocol_negotiation (RFC 7301): the server's order decides. */
#include <string.h>

#include "handshake/ext/ext.h"

bool q_ext_alpn_offers(const q_machine *m) { return m->config->alpn_n > 0; }

qtls_err q_ext_alpn_write_hello(q_machine *m, q_writer *w) {
  q_wire_alpn_write(w, q_span_of(m->config->alpn, m->config->alpn_n));
  return QTLS_OK;
}

qtls_err q_ext_alpn_read_hello(q_machine *m, q_hello_facts *facts, q_span body) {
  (void)m;
  return q_wire_alpn_read(&facts->alpn, body);
}

static bool list_has(q_span list, q_span wanted) {
  q_span name = {NULL, 0};
  while (q_wire_alpn_next(&list, &name)) {
    if (q_base_span_equal(name, wanted)) {
      return true;
    }
  }
  return false;
}

static qtls_err keep(q_machine *m, q_span name) {
  uint8_t *copy = q_alloc(name.n + 1);
  if (copy == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  memcpy(copy, name.p, name.n);
  q_free(m->is.alpn);
  m->is.alpn = copy;
  return QTLS_OK;
}

qtls_err q_ext_alpn_choose(q_machine *m, q_span list) {
  if (list.n == 0 || m->config->alpn_n == 0) {
    return QTLS_OK;
  }
  q_span own = q_span_of(m->config->alpn, m->config->alpn_n);
  q_span name = {NULL, 0};
  while (q_wire_alpn_next(&own, &name)) {
    if (list_has(list, name)) {
      m->hs->alpn_chosen = name; /* lies in the configuration */
      return keep(m, name);
    }
  }
  return QTLS_ERR_ALPN_NONE;
}

bool q_ext_alpn_answers(const q_machine *m) { return m->hs->alpn_chosen.n > 0; }

void q_ext_alpn_write_answer(const q_machine *m, q_writer *w) {
  q_mark list = q_write_open(w, 2);
  q_write_vec(w, 1, m->hs->alpn_chosen);
  q_write_close(w, list);
}

qtls_err q_ext_alpn_read_answer(q_machine *m, q_span body) {
  q_span name = {NULL, 0};
  Q_TRY(q_wire_alpn_read_one(&name, body));
  if (!list_has(q_span_of(m->config->alpn, m->config->alpn_n), name)) {
    return QTLS_ERR_ALPN_VALUE;
  }
  return keep(m, name);
}
