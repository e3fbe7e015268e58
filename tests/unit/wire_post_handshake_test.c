/* KeyUpdate and NewSessionTicket. */
#include "unit/wire.h"
#include "wire/post_handshake.h"

static qtls_err read_update(q_span body) {
  bool requested = false;
  return q_wire_key_update_read(&requested, body);
}

static qtls_err read_ticket(q_span body) {
  q_new_session_ticket ticket;
  return q_wire_new_session_ticket_read(&ticket, body);
}

static void a_key_update_is_one_flag(void **state) {
  (void)state;
  for (unsigned v = 0; v < 256; v++) {
    bool requested = v == 0;
    const uint8_t body = (uint8_t)v;
    assert_err(q_wire_key_update_read(&requested, q_span_of(&body, 1)), v <= 1 ? QTLS_OK : QTLS_ERR_KEY_UPDATE_VALUE);
    if (v <= 1) {
      uint8_t out[1];
      size_t n = 0;
      q_writer w;
      assert_int_equal(requested, v == 1);
      q_writer_init(&w, out, sizeof out);
      q_wire_key_update_write(&w, requested);
      assert_ok(q_writer_end(&w, &n));
      assert_int_equal(n, 1);
      assert_int_equal(out[0], v);
    }
  }
  wire_all_lengths(read_update, q_span_of("\x01", 1), QTLS_ERR_DECODE, QTLS_ERR_TRAILING);
}

static void a_ticket_is_read(void **state) {
  (void)state;
  uint8_t bytes[128];
  q_new_session_ticket ticket;
  q_span body =
      wire_hex(bytes, sizeof bytes, "00015180 deadbeef 02 0001 0005 7469636b65 0008 002a 0004 00004000");
  assert_ok(q_wire_new_session_ticket_read(&ticket, body));
  assert_int_equal(ticket.lifetime, 86400);
  assert_int_equal(ticket.age_add, 0xDEADBEEF);
  unit_equal(ticket.nonce.p, ticket.nonce.n, "0001");
  unit_equal(ticket.ticket.p, ticket.ticket.n, "7469636b65");
  assert_int_equal(ticket.extensions.count, 1);
  assert_int_equal(ticket.extensions.type[0], Q_EXT_EARLY_DATA);
  wire_all_lengths(read_ticket, body, QTLS_ERR_DECODE, QTLS_ERR_TRAILING);
  assert_ok(wire_read_hex(read_ticket, "00000000 00000000 00 0001 00 0000"));
  assert_err(wire_read_hex(read_ticket, "00000000 00000000 00 0000 0000"), QTLS_ERR_DECODE); /* no ticket */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_key_update_is_one_flag),
      cmocka_unit_test(a_ticket_is_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
