/* Clocks that are wrong, far off, or jump between two looks at them: a named
 * refusal, never a connection that should not be, nor undefined arithmetic. */
#include "support/flow.h"
#include "unit/unit.h"

static pki *hybrid;

static const int64_t clocks[] = {INT64_MIN, INT64_MIN + 1, -1,           0,
                                 1,         PKI_NOW - 20 * 365 * PKI_DAY, PKI_NOW + 50 * 365 * PKI_DAY,
                                 INT64_MAX - 1, INT64_MAX};

static void test_wrong_from_the_start(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(clocks); i++) {
    flow f;
    flow_options o = {.identity = hybrid, .now = clocks[i] == 0 ? 2 : clocks[i]};
    flow_start(&f, &o);
    flow_run(&f);
    assert_false(f.client.connected);
    assert_true(f.client.err == QTLS_ERR_CERT_EXPIRED || f.client.err == QTLS_ERR_CERT_NOT_YET_VALID);
    assert_err(f.server.err, QTLS_ERR_ALERT_RECEIVED);
    flow_stop(&f);
  }
}

static qtls_err always(qtls_config *c, void *context) {
  (void)context;
  return qtls_config_set_cookie(c, QTLS_COOKIE_always);
}

/* The server's clock says one thing when it gives the cookie, another when the
 * cookie comes back. Only the same time, or up to a minute later, is good. */
static void test_jumps_between_cookie_and_answer(void **state) {
  (void)state;
  for (size_t i = 0; i < Q_COUNT(clocks); i++) {
    for (size_t j = 0; j < Q_COUNT(clocks); j++) {
      flow f;
      flow_options o = {.identity = hybrid, .server = always};
      flow_start(&f, &o);
      qtls_conn_params params = {.now = clocks[i]};
      qtls_conn_free(f.server.conn);
      assert_ok(qtls_conn_new(&f.server.conn, f.server.config, &params));
      assert_true(flow_deliver(&f, true) > 0);
      assert_true(flow_deliver(&f, false) > 0);
      params.now = clocks[j];
      qtls_conn_free(f.server.conn);
      assert_ok(qtls_conn_new(&f.server.conn, f.server.config, &params));
      flow_run(&f);
      bool fresh = clocks[j] >= clocks[i] && (uint64_t)clocks[j] - (uint64_t)clocks[i] <= 60;
      assert_int_equal(flow_connected(&f), fresh);
      if (!fresh) {
        assert_err(f.server.err, QTLS_ERR_COOKIE);
      }
      flow_stop(&f);
    }
  }
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
      cmocka_unit_test(test_wrong_from_the_start),
      cmocka_unit_test(test_jumps_between_cookie_and_answer),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
