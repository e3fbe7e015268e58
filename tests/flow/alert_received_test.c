/*
 * Alerts that are received (RFC 8446 §6, Q-TLS §6): understood under the name
 * they have in this protocol at this moment, fatal whatever their level says;
 * user_canceled and close_notify; half close and truncation.
 */
#include <string.h>

#include "support/alert_case.h"

typedef enum moment {
  BEFORE_HELLO,   /* the client has sent its hello, nothing has come back */
  AFTER_RETRY,    /* and a HelloRetryRequest has */
  IN_FLIGHT,      /* under handshake keys, before Certificate */
  CONNECTED
} moment;

typedef struct received_case {
  uint8_t alert;
  uint8_t level;
  case_kind kind;
  moment when;
  bool to_server;  /* else to the client */
  bool alpn;
  uint8_t read_as; /* 0: as sent */
  const char *name;
} received_case;

static const received_case rows[] = {
    /* Levels are ignored. */
    {10, 1, CASE_QTLS, CONNECTED, false, false, 0, "unexpected_message"},
    {10, 2, CASE_QTLS, CONNECTED, true, false, 0, "unexpected_message"},
    {40, 0, CASE_QTLS, BEFORE_HELLO, false, false, 0, "handshake_failure"},
    {40, 77, CASE_TLS13, CONNECTED, false, false, 0, "handshake_failure"},
    {49, 1, CASE_QTLS, CONNECTED, false, false, 0, "access_denied"},
    {41, 1, CASE_QTLS, CONNECTED, false, false, 0, "no_certificate"},
    {41, 1, CASE_TLS13, CONNECTED, true, false, 0, "no_certificate"},
    {21, 2, CASE_TLS13, CONNECTED, false, false, 0, "decryption_failed"},
    {70, 2, CASE_QTLS, BEFORE_HELLO, false, false, 0, "protocol_version"},
    {71, 2, CASE_QTLS, BEFORE_HELLO, false, false, 0, "insufficient_security"},
    {80, 2, CASE_QTLS, IN_FLIGHT, false, false, 0, "internal_error"},
    {86, 2, CASE_TLS13, BEFORE_HELLO, false, false, 0, "inappropriate_fallback"},
    /* 90 by protocol and moment. */
    {90, 2, CASE_QTLS, BEFORE_HELLO, false, false, 0, "pqc_negotiation_failure"},
    {90, 1, CASE_QTLS, BEFORE_HELLO, false, false, 0, "pqc_negotiation_failure"},
    {90, 2, CASE_QTLS_RETRY, AFTER_RETRY, false, false, 0, "pqc_negotiation_failure"},
    {90, 1, CASE_QTLS_RETRY, AFTER_RETRY, true, false, 0, "pqc_negotiation_failure"},
    {90, 2, CASE_QTLS, IN_FLIGHT, false, false, 0, "pqc_signature_failure"},
    {90, 1, CASE_QTLS, CONNECTED, false, false, 0, "pqc_signature_failure"},
    {90, 1, CASE_QTLS, CONNECTED, true, false, 0, "pqc_signature_failure"},
    {90, 2, CASE_QTLS_PQC, IN_FLIGHT, false, false, 0, "pqc_signature_failure"},
    {91, 2, CASE_QTLS, BEFORE_HELLO, false, false, 0, "pqc_key_exchange_failure"},
    {91, 2, CASE_QTLS, IN_FLIGHT, false, false, 0, "pqc_key_exchange_failure"},
    {92, 2, CASE_QTLS, IN_FLIGHT, false, false, 0, "hsm_error"},
    {92, 1, CASE_QTLS, CONNECTED, true, false, 0, "hsm_error"},
    /* 100 is no_application_protocol in Q-TLS, before Finished, when ALPN was offered. */
    {100, 2, CASE_QTLS, BEFORE_HELLO, false, true, 120, "no_application_protocol"},
    {100, 2, CASE_QTLS, IN_FLIGHT, false, true, 120, "no_application_protocol"},
    {100, 2, CASE_QTLS_RETRY, AFTER_RETRY, false, true, 120, "no_application_protocol"},
    {100, 2, CASE_QTLS, BEFORE_HELLO, false, false, 0, "no_renegotiation"},
    {100, 1, CASE_QTLS, CONNECTED, false, true, 0, "no_renegotiation"},
    {100, 1, CASE_TLS13, BEFORE_HELLO, false, true, 0, "no_renegotiation"},
    {100, 1, CASE_TLS13, CONNECTED, true, true, 0, "no_renegotiation"},
    {116, 2, CASE_TLS13, CONNECTED, false, false, 0, "certificate_required"},
    {117, 2, CASE_QTLS, CONNECTED, false, false, 0, "general_error"},
    {117, 1, CASE_TLS13, IN_FLIGHT, false, false, 0, "general_error"},
    {120, 2, CASE_TLS13, BEFORE_HELLO, false, true, 0, "no_application_protocol"},
    {112, 1, CASE_QTLS, BEFORE_HELLO, false, false, 0, "unrecognized_name"},
    {44, 2, CASE_QTLS, CONNECTED, true, false, 0, "certificate_revoked"},
    {254, 1, CASE_QTLS, CONNECTED, true, false, 0, "unknown_alert"},
    {254, 2, CASE_TLS13, BEFORE_HELLO, false, false, 0, "unknown_alert"},
    /* close_notify is no way to end a handshake. */
    {0, 1, CASE_QTLS, BEFORE_HELLO, false, false, 0, "close_notify"},
    {0, 1, CASE_QTLS, IN_FLIGHT, false, false, 0, "close_notify"},
    {0, 1, CASE_TLS13_RETRY, AFTER_RETRY, false, false, 0, "close_notify"},
};

/* Stops the flight to the client before Certificate. */
static void hold_certificate(peer *p, bool from_client, uint8_t type, size_t nth, peer_message *msg) {
  (void)nth;
  (void)msg;
  if (!from_client && type == Q_MSG_CERTIFICATE) {
    p->to_client.hold = true;
  }
}

static void come_to(peer *p, moment when) {
  p->edit = when == IN_FLIGHT ? hold_certificate : NULL;
  if (when == AFTER_RETRY) {
    flow_deliver(&p->f, true);
    flow_deliver(&p->f, false);
  } else if (when != BEFORE_HELLO) {
    peer_run(p);
  }
}

/* An alert under the keys that the receiver reads with now. */
static void give(peer *p, bool to_server, moment when, uint8_t level, uint8_t alert) {
  uint8_t body[2] = {level, alert};
  uint8_t record[64];
  size_t n = 0;
  if (when == CONNECTED) {
    peer_send_alert(p, to_server, level, alert);
    return;
  }
  q_record_keys *keys = to_server ? &p->to_server.seal : &p->to_client.seal;
  assert_ok(q_record_seal(keys, record, &n, sizeof record, Q_RECORD_ALERT, q_span_of(body, 2), 0));
  flow_feed(&p->f, !to_server, record, n);
}

static void check(peer *p, const received_case *row) {
  qtls_error e;
  qtls_conn *conn = peer_conn(p, !row->to_server);
  uint8_t read_as = row->read_as != 0 ? row->read_as : row->alert;
  qtls_conn_error(conn, &e);
  if (e.err != QTLS_ERR_ALERT_RECEIVED || e.alert != read_as || strcmp(e.alert_name, row->name) != 0) {
    print_message("alert %d, kind %d, moment %d: %s, %d %s\n", row->alert, (int)row->kind, (int)row->when,
                  qtls_err_name(e.err), e.alert, e.alert_name);
  }
  assert_err(e.err, QTLS_ERR_ALERT_RECEIVED);
  assert_true(e.alert_received);
  assert_int_equal(e.alert, read_as);
  assert_string_equal(e.alert_name, row->name);
  assert_false(qtls_conn_is_connected(conn));
  /* An alert is never answered with an alert. */
  uint8_t out[64];
  size_t taken = 0;
  size_t written = 0;
  if (row->when == CONNECTED) {
    assert_err(qtls_conn_send(conn, (const uint8_t *)"x", 1, out, sizeof out, &taken, &written), QTLS_ERR_CLOSED);
    assert_int_equal(written, 0);
  }
}

static void test_names(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    peer p;
    peer_options o = case_options(rows[i].kind);
    if (rows[i].alpn) {
      o.client.alpn = o.server.alpn = "h2";
    }
    peer_start(&p, &o);
    come_to(&p, rows[i].when);
    give(&p, rows[i].to_server, rows[i].when, rows[i].level, rows[i].alert);
    check(&p, &rows[i]);
    peer_stop(&p);
  }
}

/* Every number there is: fatal under the name of its protocol, but for
 * close_notify, and for user_canceled in TLS 1.3. */
static void test_every_number(void **state) {
  (void)state;
  for (int alert = 0; alert < 256; alert++) {
    for (int qtls = 0; qtls < 2; qtls++) {
      bool passes = alert == QTLS_ALERT_close_notify || (alert == QTLS_ALERT_user_canceled && qtls == 0);
      peer p;
      peer_options o = case_options(qtls != 0 ? CASE_QTLS : CASE_TLS13);
      peer_connect(&p, &o);
      peer_send_alert(&p, false, (uint8_t)(1 + alert % 2), (uint8_t)alert);
      received_case row = {.alert = (uint8_t)alert, .when = CONNECTED,
                           .name = qtls_alert_name((uint8_t)alert, qtls != 0 ? 2 : 0)};
      if (passes) {
        assert_ok(p.f.client.err);
        assert_int_equal(p.f.client.closed, alert == QTLS_ALERT_close_notify);
      } else {
        check(&p, &row);
      }
      peer_stop(&p);
    }
  }
}

/* RFC 8446 §6.1: user_canceled is ignored, close_notify follows it. */
static void test_user_canceled(void **state) {
  static const case_kind kinds[] = {CASE_TLS13, CASE_TLS13_MLDSA};
  (void)state;
  for (size_t i = 0; i < Q_COUNT(kinds); i++) {
    peer p;
    peer_options o = case_options(kinds[i]);
    peer_connect(&p, &o);
    peer_send_alert(&p, true, 1, QTLS_ALERT_user_canceled);
    peer_send_alert(&p, false, 2, QTLS_ALERT_user_canceled);
    assert_ok(p.f.client.err);
    assert_ok(p.f.server.err);
    flow_write(&p.f, true, "still here", 10);
    assert_int_equal(p.f.server.data_n, 10);
    assert_ok(qtls_conn_close(p.f.client.conn));
    peer_run(&p);
    assert_true(p.f.server.closed);
    peer_stop(&p);
  }
}

/* The name 90 has for a TLS 1.3 client in its handshake: it goes on. */
static void test_user_canceled_in_the_handshake(void **state) {
  (void)state;
  peer p;
  peer_options o = case_options(CASE_TLS13);
  peer_start(&p, &o);
  give(&p, false, BEFORE_HELLO, 1, QTLS_ALERT_user_canceled);
  peer_run(&p);
  assert_true(flow_connected(&p.f));
  peer_stop(&p);
}

/* close_notify ends one direction; without it the end of data is a truncation. */
static void test_close(void **state) {
  static const case_kind kinds[] = {CASE_QTLS, CASE_QTLS_PQC, CASE_TLS13};
  (void)state;
  for (size_t i = 0; i < Q_COUNT(kinds); i++) {
    peer p;
    peer_options o = case_options(kinds[i]);
    peer_connect(&p, &o);
    peer_send_alert(&p, true, 2, QTLS_ALERT_close_notify); /* its level is ignored too */
    assert_true(p.f.server.closed);
    assert_ok(p.f.server.err);
    /* What comes after it is ignored, whatever it is. */
    peer_send_raw(&p, true, "garbage beyond the end", 22);
    assert_ok(p.f.server.err);
    assert_ok(qtls_conn_recv_end(p.f.server.conn));
    flow_write(&p.f, false, "answer", 6);
    assert_int_equal(p.f.client.data_n, 6);
    assert_err(qtls_conn_recv_end(p.f.client.conn), QTLS_ERR_TRUNCATED);
    peer_stop(&p);
  }
}

/* Without keys yet a client tells in the clear that it could not read ServerHello,
 * and only then. */
static void test_keyless_alert(void **state) {
  static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 47};
  (void)state;
  for (int i = 0; i < 2; i++) {
    peer p;
    peer_options o = case_options(i == 0 ? CASE_QTLS : CASE_TLS13);
    peer_start(&p, &o);
    flow_deliver(&p.f, true);
    flow_feed(&p.f, false, alert, sizeof alert);
    qtls_error e;
    qtls_conn_error(p.f.server.conn, &e);
    assert_err(e.err, QTLS_ERR_ALERT_RECEIVED);
    assert_string_equal(e.alert_name, "illegal_parameter");
    peer_stop(&p);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_every_number),
      cmocka_unit_test(test_user_canceled),
      cmocka_unit_test(test_user_canceled_in_the_handshake),
      cmocka_unit_test(test_close),
      cmocka_unit_test(test_keyless_alert),
  };
  return cmocka_run_group_tests(tests, NULL, case_teardown);
}
