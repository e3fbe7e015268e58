/*
 * Alerts that do not end a connection (RFC 8446 §5.1, §6.1; Q-TLS §11): never
 * inside a handshake message, and not without end.
 */
#include "support/alert_case.h"

static void begin_message(peer *p) {
  static const uint8_t begun[] = {Q_MSG_KEY_UPDATE, 0, 0};
  peer_send(p, true, Q_RECORD_HANDSHAKE, begun, sizeof begun);
  assert_ok(p->f.server.err);
}

static void test_inside_a_message(void **state) {
  (void)state;
  static const struct {
    case_kind kind;
    uint8_t alert;
  } rows[] = {{CASE_QTLS, QTLS_ALERT_close_notify},
              {CASE_TLS13, QTLS_ALERT_close_notify},
              {CASE_TLS13, QTLS_ALERT_user_canceled}};
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    peer p;
    peer_options o = case_options(rows[i].kind);
    peer_connect(&p, &o);
    begin_message(&p);
    peer_send_alert(&p, true, 1, rows[i].alert);
    peer_check(&p, "an alert inside a message", false, QTLS_ERR_RECORD_INTERLEAVED, QTLS_ALERT_none, NULL);
    peer_stop(&p);
  }
  /* One that ends the connection is heard all the same. */
  peer p;
  peer_options o = case_options(CASE_TLS13);
  peer_connect(&p, &o);
  begin_message(&p);
  peer_send_alert(&p, true, 2, QTLS_ALERT_internal_error);
  assert_err(p.f.server.err, QTLS_ERR_ALERT_RECEIVED);
  peer_stop(&p);
}

static void test_without_end(void **state) {
  (void)state;
  peer p;
  peer_options o = case_options(CASE_TLS13);
  peer_connect(&p, &o);
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < 32; i++) {
      peer_send_alert(&p, true, 1, QTLS_ALERT_user_canceled);
    }
    assert_ok(p.f.server.err);
    flow_write(&p.f, true, "x", 1); /* data begins the count anew */
  }
  for (int i = 0; i < 33; i++) {
    peer_send_alert(&p, true, 1, QTLS_ALERT_user_canceled);
  }
  peer_check(&p, "alerts without end", false, QTLS_ERR_RECORD_MANY_EMPTY, QTLS_ALERT_none, NULL);
  peer_stop(&p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_inside_a_message),
      cmocka_unit_test(test_without_end),
  };
  return cmocka_run_group_tests(tests, NULL, case_teardown);
}
