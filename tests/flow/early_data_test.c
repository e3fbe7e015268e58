/*
 * Early data that a server declines (RFC 8446 §4.2.10): records that it cannot
 * open are passed over, so many bytes and no more, until the first one opens;
 * from then on there are no excuses. And the alert of a client that could not
 * yet protect it (§6) is heard until then.
 */
#include <stdlib.h>
#include <string.h>

#include "keys/schedule.h"
#include "support/alert_case.h"

static void offer(peer *p, bool from_client, uint8_t type, size_t nth, peer_message *msg) {
  (void)nth;
  if (from_client && type == Q_MSG_CLIENT_HELLO) {
    hello_edit *h = edit_open(msg);
    if (p->context == NULL) {
      edit_add(h, Q_EXT_EARLY_DATA, NULL, 0);
    }
    edit_close(h, msg);
    p->to_client.hold = true; /* its transcript is another one */
  }
}

/* A server that waits for Finished, after a hello that announced early data, or not. */
static void start(peer *p, bool announced) {
  static const char none[] = "none";
  peer_options o = case_options(CASE_TLS13);
  peer_start(p, &o);
  p->edit = offer;
  p->context = announced ? NULL : none;
  peer_run(p);
  assert_int_equal(peer_machine(p, false)->state, Q_STATE_WAIT_CLIENT_FINISHED);
}

/* A record that nobody can open. */
static void send_early(peer *p, size_t n) {
  uint8_t *record = peer_memory(Q_RECORD_HEADER + n);
  uint8_t header[Q_RECORD_HEADER] = {Q_RECORD_DATA, 3, 3, (uint8_t)(n >> 8), (uint8_t)n};
  memcpy(record, header, sizeof header);
  memset(record + Q_RECORD_HEADER, 0x5A, n);
  peer_send_raw(p, true, record, Q_RECORD_HEADER + n);
  free(record);
}

/* A record under the keys that the server has for this client's handshake: the first. */
static void send_sealed(peer *p, const uint8_t *content, size_t n) {
  const q_machine *m = peer_machine(p, false);
  q_traffic_keys keys;
  q_record_keys seal;
  uint8_t record[256];
  size_t written = 0;
  memset(&seal, 0, sizeof seal);
  assert_ok(q_keys_traffic(&keys, NULL, m->is.suite->hash, m->is.suite->aead, &m->hs->client_traffic));
  assert_ok(q_record_keys_set(&seal, m->is.suite->aead, &keys));
  assert_ok(q_record_seal(&seal, record, &written, sizeof record, Q_RECORD_HANDSHAKE, q_span_of(content, n), 0));
  q_record_keys_wipe(&seal);
  peer_send_raw(p, true, record, written);
}

static const uint8_t finished[4 + 48] = {Q_MSG_FINISHED, 0, 0, 48};
static const uint8_t alert[] = {Q_RECORD_ALERT, 3, 3, 0, 2, 2, QTLS_ALERT_internal_error};

static void test_passed_over(void **state) {
  static const size_t sizes[] = {17, 100, 16401};
  (void)state;
  peer p;
  start(&p, true);
  for (size_t i = 0; i < Q_COUNT(sizes); i++) {
    send_early(&p, sizes[i]);
    assert_ok(p.f.server.err);
  }
  assert_int_equal(peer_machine(&p, false)->state, Q_STATE_WAIT_CLIENT_FINISHED);
  /* The handshake goes on where early data ends: this Finished is read, and is wrong. */
  send_sealed(&p, finished, sizeof finished);
  assert_err(p.f.server.err, QTLS_ERR_FINISHED);
  peer_stop(&p);
}

static void test_not_for_ever(void **state) {
  (void)state;
  peer p;
  start(&p, true);
  size_t sent = 0;
  while (p.f.server.err == QTLS_OK && sent < 1000000) {
    send_early(&p, 10000);
    sent += 10005;
  }
  assert_err(p.f.server.err, QTLS_ERR_EARLY_DATA_OVERFLOW);
  assert_true(sent <= 65536 + 10005);
  peer_stop(&p);
}

static void test_not_unannounced(void **state) {
  (void)state;
  peer p;
  start(&p, false);
  send_early(&p, 100);
  assert_err(p.f.server.err, QTLS_ERR_RECORD_BAD_MAC);
  peer_stop(&p);
}

/* One byte of Finished: a record that opens, and the handshake waits for more. */
static void test_not_behind_a_record_that_opens(void **state) {
  (void)state;
  peer p;
  start(&p, true);
  send_early(&p, 100);
  send_sealed(&p, finished, 1);
  assert_ok(p.f.server.err);
  send_early(&p, 100);
  assert_err(p.f.server.err, QTLS_ERR_RECORD_BAD_MAC);
  peer_stop(&p);
}

static void test_alerts_without_keys(void **state) {
  (void)state;
  for (int opened = 0; opened < 2; opened++) {
    peer p;
    start(&p, false);
    if (opened == 1) {
      send_sealed(&p, finished, 1);
    }
    peer_send_raw(&p, true, alert, sizeof alert);
    assert_err(p.f.server.err, opened == 1 ? QTLS_ERR_RECORD_UNPROTECTED : QTLS_ERR_ALERT_RECEIVED);
    peer_stop(&p);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_passed_over),         cmocka_unit_test(test_not_for_ever),
      cmocka_unit_test(test_not_unannounced),     cmocka_unit_test(test_not_behind_a_record_that_opens),
      cmocka_unit_test(test_alerts_without_keys),
  };
  return cmocka_run_group_tests(tests, NULL, case_teardown);
}
