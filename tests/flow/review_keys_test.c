/* Key updates that cross (RFC 8446 §4.6.3): both sides at once, more requests
 * while the answer is still on its way out, and around close_notify. */
#include <string.h>

#include "conn/conn.h"
#include "support/alert_case.h"

static void talk(flow *f) {
  f->client.data_n = f->server.data_n = 0;
  flow_write(f, true, "to the server", 13);
  flow_write(f, false, "to the client", 13);
  assert_int_equal(f->server.data_n, 13);
  assert_int_equal(f->client.data_n, 13);
  assert_memory_equal(f->server.data, "to the server", 13);
  assert_memory_equal(f->client.data, "to the client", 13);
}

static void connect(flow *f, case_kind kind) {
  flow_options o = {.identity = case_options(kind).identity};
  flow_start(f, &o);
  flow_run(f);
  assert_true(flow_connected(f));
}

static void test_both_at_once(void **state) {
  (void)state;
  flow f;
  connect(&f, CASE_QTLS);
  for (int i = 0; i < 20; i++) {
    /* Each asks before it has heard the other, and each answers. */
    assert_ok(qtls_conn_key_update(f.client.conn, true));
    assert_ok(qtls_conn_key_update(f.server.conn, true));
    flow_run(&f);
    talk(&f);
  }
  qtls_info info;
  qtls_conn_get_info(f.client.conn, &info);
  assert_int_equal(info.key_updates_sent, 40);
  assert_int_equal(info.key_updates_received, 40);
  flow_stop(&f);
}

/* Move `n` bytes of the server's output, no more. */
static void drip(flow *f, size_t n) {
  uint8_t out[64];
  size_t taken = 0;
  size_t written = 0;
  assert_ok(qtls_conn_send(f->server.conn, NULL, 0, out, n, &taken, &written));
  assert_int_equal(written, n);
  flow_feed(f, true, out, written);
}

static void test_more_requests_than_answers(void **state) {
  (void)state;
  flow f;
  connect(&f, CASE_QTLS);
  size_t before = 0;
  for (int i = 0; i < 10; i++) {
    assert_ok(qtls_conn_key_update(f.client.conn, true));
    (void)flow_deliver(&f, true);
    if (i == 0) {
      before = qtls_conn_pending(f.server.conn);
      assert_true(before > 0);
    }
    /* One answer serves them all, also when some of it has gone out. */
    assert_int_equal(qtls_conn_pending(f.server.conn), before - (size_t)i);
    drip(&f, 1);
  }
  flow_run(&f);
  talk(&f);
  qtls_info info;
  qtls_conn_get_info(f.server.conn, &info);
  assert_int_equal(info.key_updates_received, 10);
  assert_int_equal(info.key_updates_sent, 1);
  /* The next request has an answer of its own. */
  assert_ok(qtls_conn_key_update(f.client.conn, true));
  flow_run(&f);
  qtls_conn_get_info(f.server.conn, &info);
  assert_int_equal(info.key_updates_sent, 2);
  talk(&f);
  flow_stop(&f);
}

static void test_around_close(void **state) {
  (void)state;
  flow f;
  connect(&f, CASE_QTLS);
  /* The request and the close cross on the way. */
  assert_ok(qtls_conn_key_update(f.client.conn, true));
  assert_ok(qtls_conn_close(f.server.conn));
  flow_run(&f);
  assert_true(f.client.closed);
  assert_err(qtls_conn_key_update(f.server.conn, false), QTLS_ERR_STATE);
  /* The client's half goes on under its new keys, and closes too. */
  flow_write(&f, true, "late", 4);
  assert_int_equal(f.server.data_n, 4);
  assert_ok(qtls_conn_key_update(f.client.conn, true));
  assert_ok(qtls_conn_close(f.client.conn));
  flow_run(&f);
  assert_true(f.server.closed);
  assert_ok(f.server.err);
  assert_ok(qtls_conn_recv_end(f.server.conn));
  assert_ok(qtls_conn_recv_end(f.client.conn));
  flow_stop(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_both_at_once),
      cmocka_unit_test(test_more_requests_than_answers),
      cmocka_unit_test(test_around_close),
  };
  return cmocka_run_group_tests(tests, NULL, case_teardown);
}
