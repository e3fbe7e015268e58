/*
 * A peer that floods: whatever it sends without end, memory stays bounded, and
 * what has a limit (Q-TLS §3, §11) is ended at it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/alert_case.h"
#include "support/meter.h"

/* A record under the client's keys, to the server alone: whatever the server
 * answers stays with it, nobody reads. */
static void send_unread(peer *p, uint8_t type, const void *content, size_t n) {
  uint8_t *inner = peer_memory(n + 1);
  uint8_t *record = NULL;
  memcpy(inner, content, n);
  inner[n] = type;
  size_t total = peer_seal(p, true, inner, n + 1, &record);
  meter_feed(&p->f, false, record, total);
  free(inner);
  free(record);
}

/* The client changes its keys as if it had sent what it sent by hand. */
static void update_keys(peer *p) {
  q_machine *m = peer_machine(p, true);
  assert_ok(q_keys_traffic_update(&m->write_traffic, m->is.suite->hash));
  assert_ok(q_machine_install_write(m, NULL, &m->write_traffic));
}

/* ---- after the handshake ---- */

/* Requests for key updates between data, by a client that never reads: one
 * answer serves them all. */
static void test_update_requests(void **state) {
  static const uint8_t update[] = {Q_MSG_KEY_UPDATE, 0, 0, 1, 1};
  (void)state;
  peer p;
  peer_options o = case_options(CASE_QTLS);
  peer_connect(&p, &o);
  meter_begin();
  for (int i = 0; i < 1000; i++) {
    send_unread(&p, Q_RECORD_HANDSHAKE, update, sizeof update);
    update_keys(&p);
    send_unread(&p, Q_RECORD_DATA, "x", 1);
    p.f.server.data_n = 0;
    assert_ok(p.f.server.err);
    assert_true(qtls_conn_pending(p.f.server.conn) < 64);
  }
  meter_tell("KeyUpdate requests between data");
  assert_true(meter_peak() < 4096);
  qtls_info info;
  qtls_conn_get_info(p.f.server.conn, &info);
  assert_int_equal(info.key_updates_received, 1000);
  assert_int_equal(info.key_updates_sent, 1);
  /* Then it reads: one update, and all is well. */
  peer_run(&p);
  flow_write(&p.f, false, "read at last", 12);
  assert_int_equal(p.f.client.data_n, 12);
  peer_stop(&p);
}

/* Without data between them: 32 and no more. */
static void test_updates_alone(void **state) {
  static const uint8_t update[] = {Q_MSG_KEY_UPDATE, 0, 0, 1, 1};
  (void)state;
  peer p;
  peer_options o = case_options(CASE_TLS13);
  peer_connect(&p, &o);
  meter_begin();
  int taken = 0;
  while (p.f.server.err == QTLS_OK) {
    send_unread(&p, Q_RECORD_HANDSHAKE, update, sizeof update);
    update_keys(&p);
    taken++;
  }
  assert_int_equal(taken, 33);
  assert_err(p.f.server.err, QTLS_ERR_KEY_UPDATE_FLOOD);
  meter_tell("KeyUpdates alone, up to the limit");
  assert_true(meter_peak() < 4096);
  peer_stop(&p);
}

static void test_empty_records(void **state) {
  (void)state;
  peer p;
  peer_options o = case_options(CASE_QTLS);
  peer_connect(&p, &o);
  meter_begin();
  /* 32 in a row, again and again, are fine with data between. */
  for (int i = 0; i < 320; i++) {
    send_unread(&p, Q_RECORD_DATA, "", 0);
    if (i % 32 == 31) {
      send_unread(&p, Q_RECORD_DATA, "x", 1);
    }
    assert_ok(p.f.server.err);
  }
  int more = 0;
  while (p.f.server.err == QTLS_OK) {
    send_unread(&p, Q_RECORD_DATA, "", 0);
    more++;
  }
  assert_int_equal(more, 33);
  assert_err(p.f.server.err, QTLS_ERR_RECORD_MANY_EMPTY);
  meter_tell("empty records, up to the limit");
  assert_true(meter_peak() < 4096);
  peer_stop(&p);
}

/* Records of padding alone around one byte cost no memory at all. */
static void test_padding(void **state) {
  (void)state;
  peer p;
  peer_options o = case_options(CASE_QTLS);
  peer_connect(&p, &o);
  meter_begin();
  uint8_t inner[16385] = {'x', Q_RECORD_DATA};
  for (int i = 0; i < 100; i++) {
    uint8_t *record = NULL;
    size_t n = peer_seal(&p, true, inner, sizeof inner, &record);
    meter_feed(&p.f, false, record, n);
    free(record);
    assert_ok(p.f.server.err);
  }
  meter_tell("records of padding around one byte");
  assert_int_equal(p.f.server.data_n, 100);
  assert_int_equal(meter_now.live, meter_now.start);
  peer_stop(&p);
}

/* ---- before anything is proven ---- */

static void test_change_cipher_specs(void **state) {
  static const uint8_t ccs[] = {20, 3, 3, 0, 1, 1};
  (void)state;
  for (int after_hello = 0; after_hello < 2; after_hello++) {
    peer p;
    peer_options o = case_options(CASE_QTLS);
    peer_start(&p, &o);
    if (after_hello != 0) {
      flow_deliver(&p.f, true);
    }
    meter_begin();
    int taken = 0;
    while (p.f.server.err == QTLS_OK) {
      meter_feed(&p.f, false, ccs, sizeof ccs);
      taken++;
    }
    assert_int_equal(taken, after_hello + 1);
    assert_err(p.f.server.err, QTLS_ERR_CCS_UNEXPECTED);
    meter_tell(after_hello != 0 ? "ChangeCipherSpecs behind a hello" : "ChangeCipherSpecs alone");
    assert_true(meter_now.live <= meter_now.start + 1024);
    peer_stop(&p);
  }
}

/* A ClientHello of the greatest length that never ends: its bytes are kept, and
 * not much beside. */
static void test_endless_hello(void **state) {
  (void)state;
  peer p;
  peer_options o = case_options(CASE_QTLS);
  peer_start(&p, &o);
  meter_begin();
  uint8_t record[Q_RECORD_HEADER + 16384] = {Q_RECORD_HANDSHAKE, 3, 3, 0x40, 0, Q_MSG_CLIENT_HELLO, 2, 0, 0};
  for (int i = 0; i < 8; i++) {
    meter_feed(&p.f, false, record, sizeof record);
    assert_ok(p.f.server.err);
    record[Q_RECORD_HEADER] = record[Q_RECORD_HEADER + 1] = 0;
  }
  meter_tell("ClientHello without an end");
  assert_true(meter_now.live - meter_now.start < 300000);
  assert_true(meter_peak() < 500000);
  peer_stop(&p);
}

/* One connection costs a bounded sum before its peer has proved anything. */
static void test_one_hello(void **state) {
  static const case_kind kinds[] = {CASE_QTLS, CASE_QTLS_PQC, CASE_TLS13, CASE_QTLS_RETRY};
  static const char *const names[] = {"ClientHello, 0x13F2", "ClientHello, 0x13F1", "ClientHello, TLS 1.3",
                                      "ClientHello, 0x13F2 with retry"};
  (void)state;
  for (size_t i = 0; i < Q_COUNT(kinds); i++) {
    peer p;
    peer_options o = case_options(kinds[i]);
    peer_start(&p, &o);
    meter_begin();
    meter_deliver(&p.f, true);
    assert_ok(p.f.server.err);
    meter_tell(names[i]);
    assert_true(meter_peak() < 131072);
    /* And the handshake's memory is gone once it is done. */
    peer_run(&p);
    assert_true(flow_connected(&p.f));
    assert_null(peer_machine(&p, false)->hs);
    assert_null(peer_machine(&p, true)->hs);
    peer_stop(&p);
  }
}

/* A certificate that claims to expand to 128 KiB takes no more than that. */
static void squeeze(peer *p, bool from_client, uint8_t type, size_t nth, peer_message *msg) {
  static const uint8_t claim[] = {
      Q_MSG_COMPRESSED_CERTIFICATE, 0, 0, 16, 0, 1, 2, 0, 0, 0, 0, 8, 0x78, 0x9C, 1, 2, 3, 4, 5, 6};
  (void)p;
  (void)nth;
  if (!from_client && type == Q_MSG_CERTIFICATE) {
    memcpy(msg->p, claim, sizeof claim);
    msg->n = sizeof claim;
  }
}

static void test_compressed_claim(void **state) {
  (void)state;
  peer p;
  peer_options o = case_options(CASE_QTLS);
  o.client.compression = "zlib:brotli:zstd";
  peer_start(&p, &o);
  p.edit = squeeze;
  meter_begin();
  peer_run(&p);
  assert_err(p.f.client.err, QTLS_ERR_CERT_COMPRESSION);
  printf("%-46s at most %zu bytes held\n", "Certificate that claims to expand to 128 KiB", meter_peak());
  assert_true(meter_peak() < 524288);
  peer_stop(&p);
}

int main(void) {
  meter_install();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_update_requests),     cmocka_unit_test(test_updates_alone),
      cmocka_unit_test(test_empty_records),       cmocka_unit_test(test_padding),
      cmocka_unit_test(test_change_cipher_specs), cmocka_unit_test(test_endless_hello),
      cmocka_unit_test(test_one_hello),           cmocka_unit_test(test_compressed_claim),
  };
  return cmocka_run_group_tests(tests, NULL, case_teardown);
}
