/* Keys are changed without being asked to (Q-TLS §3): after so many records, bytes
 * or seconds, whichever comes first, and only before data. */
#include <string.h>

#include "conn/conn.h"
#include "record/record.h"
#include "support/alert_case.h"

typedef struct limits {
  uint32_t records;
  uint64_t bytes;
  uint32_t seconds;
} limits;

/* KeyUpdates that the client has sent with a request. */
static unsigned requests;

static void see(void *user, const qtls_trace *t) {
  (void)user;
  if (t->kind == QTLS_TRACE_message && t->sent && t->type == Q_MSG_KEY_UPDATE) {
    requests += t->bytes[Q_MSG_HEADER];
  }
}

static qtls_err set(qtls_config *c, void *context) {
  const limits *l = context;
  requests = 0;
  Q_TRY(qtls_config_set_trace(c, see, NULL));
  return qtls_config_set_key_update(c, l->records, l->bytes, l->seconds);
}

/* The client alone has limits of its own. */
static void connect(flow *f, case_kind kind, limits *l) {
  flow_options o = {.identity = case_options(kind).identity, .client = set, .context = l};
  flow_start(f, &o);
  flow_run(f);
  assert_true(flow_connected(f));
}

static qtls_info info_of(const flow_side *side) {
  qtls_info info;
  qtls_conn_get_info(side->conn, &info);
  return info;
}

static void send(flow *f, bool client, size_t n) {
  static uint8_t data[70000];
  flow_side *to = client ? &f->server : &f->client;
  for (size_t i = 0; i < n; i++) {
    data[i] = (uint8_t)(i * 7 + i / 256);
  }
  to->data_n = 0;
  flow_write(f, client, data, n);
  assert_int_equal(to->data_n, n);
  assert_memory_equal(to->data, data, n);
}

/* Both have changed their keys `n` times, the server by request, and can talk. */
static void expect(flow *f, uint64_t n) {
  assert_int_equal(info_of(&f->client).key_updates_sent, n);
  assert_int_equal(info_of(&f->server).key_updates_received, n);
  assert_int_equal(info_of(&f->server).key_updates_sent, n);
  assert_int_equal(info_of(&f->client).key_updates_received, n);
}

static void test_records(void **state) {
  (void)state;
  static const case_kind kinds[] = {CASE_QTLS, CASE_TLS13};
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    flow f;
    connect(&f, kinds[i], &(limits){.records = 3});
    for (int n = 0; n < 3; n++) {
      send(&f, true, 10);
      expect(&f, 0);
    }
    send(&f, true, 10);
    expect(&f, 1);
    /* Five records in one write, of which two fit under the key in use. */
    send(&f, true, 4 * 16384 + 1);
    expect(&f, 2);
    /* What the server sends is not counted against the client's keys. */
    send(&f, false, 70000);
    send(&f, false, 70000);
    expect(&f, 2);
    send(&f, true, 1);
    expect(&f, 3);
    flow_stop(&f);
  }
}

static void test_bytes(void **state) {
  (void)state;
  flow f;
  connect(&f, CASE_QTLS, &(limits){.records = 1000, .bytes = 20000});
  send(&f, true, 19999);
  send(&f, true, 1);
  expect(&f, 0);
  send(&f, true, 1);
  expect(&f, 1);
  send(&f, true, 19999);
  send(&f, true, 1);
  expect(&f, 2);
  flow_stop(&f);
}

static void test_time(void **state) {
  (void)state;
  flow f;
  connect(&f, CASE_QTLS, &(limits){.records = 1000, .seconds = 60});
  qtls_conn_set_time(f.client.conn, PKI_NOW + 59);
  send(&f, true, 1);
  expect(&f, 0);
  qtls_conn_set_time(f.client.conn, PKI_NOW + 60);
  /* Silence is not disturbed. */
  flow_run(&f);
  expect(&f, 0);
  send(&f, true, 1);
  expect(&f, 1);
  send(&f, true, 1);
  expect(&f, 1);
  /* A clock that is set back, or to the ends of its range. */
  qtls_conn_set_time(f.client.conn, PKI_NOW - 1000);
  send(&f, true, 1);
  expect(&f, 1);
  qtls_conn_set_time(f.client.conn, INT64_MIN);
  send(&f, true, 1);
  expect(&f, 1);
  qtls_conn_set_time(f.client.conn, INT64_MAX);
  send(&f, true, 1);
  send(&f, true, 1);
  expect(&f, 2);
  qtls_conn_set_time(f.client.conn, INT64_MIN);
  send(&f, true, 1);
  expect(&f, 2);
  flow_stop(&f);
}

static void test_defaults(void **state) {
  (void)state;
  flow f;
  flow_options o = {.identity = case_options(CASE_QTLS).identity};
  flow_start(&f, &o);
  flow_run(&f);
  const uint64_t records = UINT64_C(1) << 23;
  /* Both ends of one direction, so that they stay together. */
  f.client.conn->m.write.sequence = f.server.conn->m.read.sequence = records - 1;
  send(&f, true, 1);
  expect(&f, 0);
  send(&f, true, 1);
  expect(&f, 1);
  f.client.conn->m.write_bytes = UINT64_C(100000000000) - 1;
  send(&f, true, 1);
  expect(&f, 1);
  send(&f, true, 1);
  expect(&f, 2);
  qtls_conn_set_time(f.client.conn, PKI_NOW + 24 * 3600);
  send(&f, true, 1);
  expect(&f, 3);
  flow_stop(&f);
}

/* At the largest limit there is room to go on, and to close. */
static void test_before_the_hard_stop(void **state) {
  (void)state;
  flow f;
  connect(&f, CASE_QTLS, &(limits){.records = QTLS_KEY_UPDATE_RECORDS_MAX});
  assert_true(QTLS_KEY_UPDATE_RECORDS_MAX < Q_RECORD_SEQUENCE_MAX);
  f.client.conn->m.write.sequence = f.server.conn->m.read.sequence = QTLS_KEY_UPDATE_RECORDS_MAX;
  send(&f, true, 50000);
  expect(&f, 1);
  f.client.conn->m.write.sequence = f.server.conn->m.read.sequence = QTLS_KEY_UPDATE_RECORDS_MAX;
  assert_ok(qtls_conn_close(f.client.conn));
  flow_run(&f);
  assert_true(f.server.closed);
  expect(&f, 1);
  flow_stop(&f);
}

/* A peer that only listens has no data to put between its answers. */
static void test_one_way(void **state) {
  (void)state;
  flow f;
  connect(&f, CASE_QTLS, &(limits){.records = 1});
  for (int i = 0; i < 200; i++) {
    send(&f, true, 10);
  }
  expect(&f, 199);
  flow_stop(&f);
}

/* Answers are excused, requests and what comes unasked are not. */
static void test_excuse(void **state) {
  (void)state;
  for (int asking = 0; asking < 2; asking++) {
    flow f;
    connect(&f, CASE_QTLS, &(limits){.records = 1000});
    for (int i = 0; i < 10; i++) {
      assert_ok(qtls_conn_key_update(f.client.conn, true));
      flow_run(&f);
    }
    for (int i = 0; i < 32; i++) {
      assert_ok(qtls_conn_key_update(f.server.conn, asking != 0));
      flow_run(&f);
      assert_ok(f.client.err);
    }
    assert_ok(qtls_conn_key_update(f.server.conn, asking != 0));
    flow_run(&f);
    assert_err(f.client.err, QTLS_ERR_KEY_UPDATE_FLOOD);
    flow_stop(&f);
  }
}

/* RFC 9846 §4.7.3: nothing is asked for a second time before the peer has answered. */
static void test_one_request_at_a_time(void **state) {
  (void)state;
  flow f;
  connect(&f, CASE_QTLS, &(limits){.records = 1000});
  for (int i = 0; i < 5; i++) {
    assert_ok(qtls_conn_key_update(f.client.conn, true));
  }
  assert_int_equal(requests, 1);
  assert_int_equal(info_of(&f.client).key_updates_sent, 5);
  flow_run(&f);
  assert_ok(qtls_conn_key_update(f.client.conn, true));
  assert_int_equal(requests, 2);
  flow_run(&f);
  assert_int_equal(info_of(&f.server).key_updates_received, 6);
  assert_int_equal(info_of(&f.server).key_updates_sent, 2);
  send(&f, true, 10);
  send(&f, false, 10);
  flow_stop(&f);
}

/* An answer that is on its way does not serve a request that comes later, whatever
 * else waits behind it. */
static void test_answer_on_its_way(void **state) {
  (void)state;
  flow f;
  connect(&f, CASE_QTLS, &(limits){.records = 1000});
  assert_ok(qtls_conn_key_update(f.client.conn, true));
  (void)flow_deliver(&f, true);
  size_t n = qtls_conn_pending(f.server.conn);
  assert_ok(qtls_conn_key_update(f.server.conn, false)); /* something else */
  uint8_t out[64];
  size_t taken = 0;
  size_t written = 0;
  assert_ok(qtls_conn_send(f.server.conn, NULL, 0, out, n, &taken, &written));
  flow_feed(&f, true, out, written);
  assert_int_equal(info_of(&f.client).key_updates_received, 1);
  assert_ok(qtls_conn_key_update(f.client.conn, true));
  assert_int_equal(requests, 2);
  flow_run(&f);
  assert_int_equal(info_of(&f.server).key_updates_sent, 3);
  assert_int_equal(info_of(&f.client).key_updates_received, 3);
  send(&f, false, 10);
  flow_stop(&f);
}

/* Our data too stands between the updates of a peer that only listens. */
static void test_our_data_between(void **state) {
  (void)state;
  flow f;
  connect(&f, CASE_QTLS, &(limits){.records = 1000});
  for (int i = 0; i < 100; i++) {
    assert_ok(qtls_conn_key_update(f.server.conn, true));
    flow_run(&f);
    assert_ok(f.client.err);
    send(&f, true, 1);
  }
  flow_stop(&f);
}

/* What a short buffer leaves over goes out before anything else is sealed. */
static void test_short_buffers(void **state) {
  (void)state;
  flow f;
  connect(&f, CASE_QTLS, &(limits){.records = 1});
  const uint8_t data[] = "abc";
  size_t at = 0;
  uint8_t out[26]; /* a record of a few bytes, or part of a KeyUpdate's */
  for (int turns = 0; at < 3; turns++) {
    assert_true(turns < 100);
    size_t taken = 0;
    size_t written = 0;
    size_t cap = (size_t)(turns % 3 == 0 ? 23 : 7);
    assert_ok(qtls_conn_send(f.client.conn, data + at, 1, out, cap, &taken, &written));
    at += taken;
    flow_feed(&f, false, out, written);
    assert_ok(f.server.err);
  }
  assert_int_equal(f.server.data_n, 3);
  assert_memory_equal(f.server.data, "abc", 3);
  flow_run(&f);
  assert_int_equal(info_of(&f.client).key_updates_sent, 2);
  assert_int_equal(info_of(&f.server).key_updates_received, 2);
  /* Nobody fetched the answer to the first, so that the second asks for none. */
  assert_int_equal(requests, 1);
  assert_int_equal(info_of(&f.client).key_updates_received, 1);
  send(&f, true, 10);
  send(&f, false, 10);
  flow_stop(&f);
}

static void test_bad_limits(void **state) {
  (void)state;
  qtls_config *c = NULL;
  assert_ok(qtls_config_new(&c, QTLS_CLIENT));
  assert_err(qtls_config_set_key_update(c, 0, 0, 0), QTLS_ERR_CONFIG_VALUE);
  assert_true(strstr(qtls_config_problem(c), "1 to 16,776,192 records") != NULL);
  assert_err(qtls_config_set_key_update(c, QTLS_KEY_UPDATE_RECORDS_MAX + 1, 0, 0), QTLS_ERR_CONFIG_VALUE);
  assert_err(qtls_config_set_key_update(c, UINT32_MAX, 0, 0), QTLS_ERR_CONFIG_VALUE);
  assert_ok(qtls_config_set_key_update(c, QTLS_KEY_UPDATE_RECORDS_MAX, UINT64_MAX, UINT32_MAX));
  assert_err(qtls_config_set_key_update(NULL, 1, 0, 0), QTLS_ERR_ARGUMENT);
  qtls_config_free(c);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_records),
      cmocka_unit_test(test_bytes),
      cmocka_unit_test(test_time),
      cmocka_unit_test(test_defaults),
      cmocka_unit_test(test_one_way),
      cmocka_unit_test(test_before_the_hard_stop),
      cmocka_unit_test(test_excuse),
      cmocka_unit_test(test_short_buffers),
      cmocka_unit_test(test_bad_limits),
      cmocka_unit_test(test_one_request_at_a_time),
      cmocka_unit_test(test_our_data_between),
      cmocka_unit_test(test_answer_on_its_way),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
