/* KeyUpdate, NewSessionTicket and alerts: the first byte selects. */
#include "fuzz_extensions.h"
#include "wire/post_handshake.h"

static void key_update(q_span body) {
  bool requested = false;
  if (q_wire_key_update_read(&requested, body) != QTLS_OK) {
    return;
  }
  q_writer w;
  fuzz_writer_open(&w, body);
  q_wire_key_update_write(&w, requested);
  fuzz_writer_equal(&w, body);
}

static void ticket(q_span body) {
  q_new_session_ticket t;
  if (q_wire_new_session_ticket_read(&t, body) != QTLS_OK) {
    return;
  }
  fuzz_inside(t.nonce, body);
  fuzz_inside(t.ticket, body);
  fuzz_extensions_check(&t.extensions, body);
  FUZZ_CHECK(t.ticket.n > 0);
}

static void alert(q_span body) {
  q_alert_body a;
  FUZZ_CHECK((q_wire_alert_read(&a, body) == QTLS_OK) == (body.n == 2));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static void (*const targets[])(q_span) = {key_update, ticket, alert};
  q_span body = q_span_of(data, size);
  targets[fuzz_take_u8(&body) % Q_COUNT(targets)](body);
  return 0;
}
