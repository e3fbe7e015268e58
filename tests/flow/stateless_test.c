/* The stateless cookie: the connection that sent HelloRetryRequest is thrown
 * away, and a fresh one finishes the handshake. */
#include "support/flow.h"
#include "unit/unit.h"

static pki *hybrid;

static qtls_err always(qtls_config *c, void *context) {
  if (context != NULL) {
    Q_TRY(qtls_config_set_groups(c, context));
  }
  return qtls_config_set_cookie(c, QTLS_COOKIE_always);
}

/* Throw the server's connection away and put a fresh one in its place. */
static void forget(flow *f, int64_t now, const char *address) {
  qtls_conn_params params = {.now = now,
                             .peer_address = (const uint8_t *)address,
                             .peer_address_size = strlen(address)};
  qtls_conn_free(f->server.conn);
  f->server.in_n = 0;
  assert_ok(qtls_conn_new(&f->server.conn, f->server.config, &params));
}

static void first_round(flow *f, const char *server_groups) {
  flow_options o = {.identity = hybrid, .server = always, .context = (void *)(uintptr_t)server_groups};
  flow_start(f, &o);
  assert_true(flow_deliver(f, true) > 0);
  assert_true(flow_deliver(f, false) > 0);
  assert_ok(f->client.err);
}

static void test_forgotten_and_recalled(void **state) {
  (void)state;
  static const char *const groups[] = {NULL, "secp256r1:kyber768", "SecP384r1MLKEM1024"};
  for (size_t i = 0; i < Q_COUNT(groups); i++) {
    flow f;
    first_round(&f, groups[i]);
    forget(&f, PKI_NOW + 59, "peer");
    flow_run(&f);
    assert_true(flow_connected(&f));
    qtls_info info;
    qtls_conn_get_info(f.server.conn, &info);
    assert_true(info.cookie_used && info.hello_retry);
    flow_write(&f, true, "x", 1);
    assert_int_equal(f.server.data_n, 1);
    flow_stop(&f);
  }
}

static void refused(int64_t now, const char *address) {
  flow f;
  first_round(&f, NULL);
  forget(&f, now, address);
  flow_run(&f);
  assert_err(f.server.err, QTLS_ERR_COOKIE);
  qtls_error e;
  qtls_conn_error(f.client.conn, &e);
  assert_string_equal(e.alert_name, "illegal_parameter");
  flow_stop(&f);
}

static void test_expired_or_elsewhere(void **state) {
  (void)state;
  refused(PKI_NOW + 61, "peer");
  refused(PKI_NOW - 1, "peer");
  refused(PKI_NOW + 7200, "peer");
  refused(PKI_NOW, "other");
}

/* Another server's secret. */
static void test_foreign(void **state) {
  (void)state;
  flow f;
  first_round(&f, NULL);
  flow_options o = {.identity = hybrid, .server = always};
  qtls_config *other = flow_server_config(&o);
  qtls_config *kept = f.server.config;
  f.server.config = other;
  forget(&f, PKI_NOW, "peer");
  flow_run(&f);
  assert_err(f.server.err, QTLS_ERR_COOKIE);
  qtls_config_free(kept);
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
      cmocka_unit_test(test_forgotten_and_recalled),
      cmocka_unit_test(test_expired_or_elsewhere),
      cmocka_unit_test(test_foreign),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
