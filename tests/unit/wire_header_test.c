/* Message header and alerts. */
#include "unit/wire.h"
#include "wire/header.h"

static qtls_err read_alert(q_span body) {
  q_alert_body alert;
  return q_wire_alert_read(&alert, body);
}

static void a_message_has_its_length_in_three_bytes(void **state) {
  (void)state;
  uint8_t out[512];
  q_writer w;
  q_writer_init(&w, out, sizeof out);
  q_mark mark = q_wire_message_open(&w, Q_MSG_FINISHED);
  for (int i = 0; i < 300; i++) {
    q_write_u8(&w, 7);
  }
  q_write_close(&w, mark);
  size_t n = 0;
  assert_ok(q_writer_end(&w, &n));
  assert_int_equal(n, Q_MSG_HEADER + 300);
  unit_equal(out, Q_MSG_HEADER, "1400012c");
}

static void a_message_that_does_not_fit_is_told(void **state) {
  (void)state;
  for (size_t cap = 0; cap < 5; cap++) {
    uint8_t out[5];
    size_t n = 0;
    q_writer w;
    q_writer_init(&w, out, cap);
    q_mark mark = q_wire_message_open(&w, Q_MSG_FINISHED);
    q_write_u8(&w, 1);
    q_write_close(&w, mark);
    assert_err(q_writer_end(&w, &n), QTLS_ERR_BUFFER);
  }
}

static void an_alert_is_two_bytes(void **state) {
  (void)state;
  q_alert_body alert;
  const uint8_t body[2] = {2, 50};
  assert_ok(q_wire_alert_read(&alert, q_span_of(body, 2)));
  assert_int_equal(alert.level, 2);
  assert_int_equal(alert.description, 50);
  wire_all_lengths(read_alert, q_span_of(body, 2), QTLS_ERR_ALERT_DECODE, QTLS_ERR_ALERT_DECODE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_message_has_its_length_in_three_bytes),
      cmocka_unit_test(a_message_that_does_not_fit_is_told),
      cmocka_unit_test(an_alert_is_two_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
