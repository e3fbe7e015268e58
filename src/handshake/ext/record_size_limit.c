/* Owns record_size_limit (RFC 8449): in TLS 1.3 the value counts content, type
 * and padding, so it is one more than the content bytes of the settings. */
#include "handshake/ext/ext.h"

#define VALUE_MAX (Q_RECORD_PLAINTEXT_MAX + 1)

static uint16_t own_value(const q_machine *m) {
  return (uint16_t)(m->config->record_size_limit == 0 ? VALUE_MAX : m->config->record_size_limit + 1);
}

bool q_ext_record_limit_offers(const q_machine *m) { return m->config->record_size_limit != 0; }

qtls_err q_ext_record_limit_write_hello(q_machine *m, q_writer *w) {
  q_write_u16(w, own_value(m));
  return QTLS_OK;
}

/* RFC 8449 §4: a server takes a value above the maximum as the maximum. */
static void obey(q_machine *m, uint16_t value) {
  uint16_t capped = value > VALUE_MAX ? VALUE_MAX : value;
  m->write_limit = (uint16_t)(capped - 1);
}

qtls_err q_ext_record_limit_read_hello(q_machine *m, q_hello_facts *facts, q_span body) {
  (void)facts;
  uint16_t value = 0;
  Q_TRY(q_wire_record_size_limit_read(&value, body));
  obey(m, value);
  m->read_limit = own_value(m);
  return QTLS_OK;
}

void q_ext_record_limit_write_answer(const q_machine *m, q_writer *w) { q_write_u16(w, own_value(m)); }

qtls_err q_ext_record_limit_read_answer(q_machine *m, q_span body) {
  uint16_t value = 0;
  Q_TRY(q_wire_record_size_limit_read(&value, body));
  if (value > VALUE_MAX) {
    return QTLS_ERR_RECORD_SIZE_LIMIT_VALUE;
  }
  obey(m, value);
  m->read_limit = own_value(m);
  return QTLS_OK;
}
