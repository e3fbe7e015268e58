/* The default conversation: Q-TLS hybrid, data both ways, key update, half close. */
#include "support/flow.h"
#include "unit/unit.h"

static pki *hybrid;

static void converse(flow *f) {
  flow_run(f);
  qtls_error e;
  qtls_conn_error(f->client.conn, &e);
  if (e.err != QTLS_OK) {
    print_message("client: %s: %s %s\n", qtls_err_name(e.err), e.detail, e.alert_name);
  }
  qtls_conn_error(f->server.conn, &e);
  if (e.err != QTLS_OK) {
    print_message("server: %s: %s %s\n", qtls_err_name(e.err), e.detail, e.alert_name);
  }
  assert_true(flow_connected(f));
}

static void test_default_is_hybrid(void **state) {
  (void)state;
  flow f;
  flow_options o = {.identity = hybrid};
  flow_start(&f, &o);
  converse(&f);
  qtls_info info;
  qtls_conn_get_info(f.client.conn, &info);
  assert_string_equal(info.protocol, "Q-TLS 1.0");
  assert_int_equal(info.suite_code, 0x13F2);
  assert_string_equal(info.group, "kyber1024");
  assert_string_equal(info.classical_group, "secp384r1");
  assert_string_equal(info.scheme, "dilithium3_ecdsa_hybrid");
  assert_string_equal(info.authentication, "hybrid");
  assert_int_equal(info.classical_signature, QTLS_SIGNATURE_verified);
  assert_int_equal(info.pqc_signature, QTLS_SIGNATURE_verified);
  assert_false(info.hello_retry);
  flow_write(&f, true, "ping", 4);
  flow_write(&f, false, "pong!", 5);
  assert_int_equal(f.server.data_n, 4);
  assert_memory_equal(f.server.data, "ping", 4);
  assert_int_equal(f.client.data_n, 5);
  assert_memory_equal(f.client.data, "pong!", 5);
  flow_stop(&f);
}

static void test_key_update_and_half_close(void **state) {
  (void)state;
  flow f;
  flow_options o = {.identity = hybrid};
  flow_start(&f, &o);
  converse(&f);
  assert_ok(qtls_conn_key_update(f.client.conn, true));
  flow_write(&f, true, "a", 1);
  flow_write(&f, false, "b", 1);
  assert_ok(qtls_conn_key_update(f.server.conn, false));
  flow_write(&f, false, "c", 1);
  qtls_info info;
  qtls_conn_get_info(f.client.conn, &info);
  assert_int_equal(info.key_updates_sent, 1);
  assert_int_equal(info.key_updates_received, 2);
  /* Half close: the client is done, the server goes on. */
  assert_ok(qtls_conn_close(f.client.conn));
  flow_run(&f);
  assert_true(f.server.closed);
  assert_ok(qtls_conn_recv_end(f.server.conn));
  flow_write(&f, false, "d", 1);
  assert_int_equal(f.client.data_n, 3);
  assert_memory_equal(f.client.data, "bcd", 3);
  /* The server's data ends without close_notify: truncation. */
  assert_err(qtls_conn_recv_end(f.client.conn), QTLS_ERR_TRUNCATED);
  flow_stop(&f);
}

static void test_one_byte_at_a_time(void **state) {
  (void)state;
  flow f;
  flow_options o = {.identity = hybrid};
  flow_start(&f, &o);
  f.chunk = 1;
  converse(&f);
  flow_write(&f, true, "slow", 4);
  assert_int_equal(f.server.data_n, 4);
  flow_stop(&f);
}

static int setup(void **state) {
  (void)state;
  hybrid = pki_make("hybrid-p384-mldsa65", NULL);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  pki_free(hybrid);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_default_is_hybrid),
      cmocka_unit_test(test_key_update_and_half_close),
      cmocka_unit_test(test_one_byte_at_a_time),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
