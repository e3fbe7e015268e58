/* Keys held outside: each signature is a job, both parts of a hybrid at once;
 * a failed, wrong or repeated job never leads to a connection. */
#include "conn/conn.h"
#include "support/flow.h"
#include "unit/unit.h"

static pki *hybrid;
static pki *plain;

/* Sign job `i` of the server with the fixture's key. */
static void sign_job(flow *f, const pki *p, size_t i, bool spoil) {
  const qtls_job *job = qtls_conn_job(f->server.conn, i);
  assert_non_null(job);
  const q_scheme *scheme = q_scheme_find(job->scheme);
  const q_privkey *key = job->alternative_key ? p->node[PKI_LEAF].alt_key : p->node[PKI_LEAF].key;
  uint8_t sig[Q_SIGNATURE_MAX];
  size_t n = 0;
  assert_ok(q_crypto_sign(key, sig, &n, sizeof sig, scheme->alg, q_span_of(job->input, job->input_size)));
  sig[n / 2] ^= spoil ? 1 : 0;
  assert_ok(qtls_conn_job_done(f->server.conn, job->id, sig, n));
}

static void start(flow *f, const pki *p) {
  flow_options o = {.identity = p, .outside_keys = true};
  flow_start(f, &o);
  flow_run(f);
  assert_true(f->server.job);
  assert_false(f->server.connected);
}

static void resume(flow *f) {
  flow_feed(f, false, (const uint8_t *)"", 0);
  size_t used = 0;
  qtls_event event;
  f->server.err = qtls_conn_recv(f->server.conn, NULL, 0, &used, &event);
  flow_run(f);
}

static void test_hybrid_in_either_order(void **state) {
  (void)state;
  for (size_t first = 0; first < 2; first++) {
    flow f;
    start(&f, hybrid);
    assert_non_null(qtls_conn_job(f.server.conn, 1));
    assert_null(qtls_conn_job(f.server.conn, 2));
    sign_job(&f, hybrid, first, false);
    /* One of two is not enough. */
    resume(&f);
    assert_false(f.client.connected);
    sign_job(&f, hybrid, 0, false);
    assert_null(qtls_conn_job(f.server.conn, 0));
    resume(&f);
    assert_true(flow_connected(&f));
    flow_stop(&f);
  }
}

static void test_plain(void **state) {
  (void)state;
  flow f;
  start(&f, plain);
  assert_null(qtls_conn_job(f.server.conn, 1));
  sign_job(&f, plain, 0, false);
  resume(&f);
  assert_true(flow_connected(&f));
  flow_stop(&f);
}

/* One bit of the ML-DSA part, then of the ECDSA part: refused each time, with
 * the alert of the part that is wrong, although the other one is right. */
static void test_spoilt_parts(void **state) {
  (void)state;
  static const qtls_err expected[] = {QTLS_ERR_SIG_PQC, QTLS_ERR_SIG_CLASSICAL};
  for (size_t bad = 0; bad < 2; bad++) {
    flow f;
    start(&f, hybrid);
    bool first_is_pqc = qtls_conn_job(f.server.conn, 0)->alternative_key;
    sign_job(&f, hybrid, 0, first_is_pqc == (bad == 0));
    sign_job(&f, hybrid, 0, first_is_pqc != (bad == 0));
    resume(&f);
    assert_false(f.client.connected || f.server.connected);
    /* A spoilt DER byte may also break the form of the ECDSA signature on the server. */
    if (f.server.err != QTLS_ERR_DECODE) {
      assert_err(f.client.err, expected[bad]);
      qtls_error e;
      qtls_conn_error(f.server.conn, &e);
      assert_err(e.err, QTLS_ERR_ALERT_RECEIVED);
      assert_string_equal(e.alert_name, bad == 0 ? "pqc_signature_failure" : "decrypt_error");
    }
    flow_stop(&f);
  }
}

static void test_failed_job(void **state) {
  (void)state;
  flow f;
  start(&f, hybrid);
  uint32_t id = qtls_conn_job(f.server.conn, 0)->id;
  assert_err(qtls_conn_job_done(f.server.conn, 99, NULL, 0), QTLS_ERR_STATE);
  assert_err(qtls_conn_job_done(f.server.conn, id, NULL, 0), QTLS_ERR_SIGNER);
  assert_err(qtls_conn_job_done(f.server.conn, id, (const uint8_t *)"x", 1), QTLS_ERR_STATE);
  flow_run(&f);
  qtls_error e;
  qtls_conn_error(f.client.conn, &e);
  assert_err(e.err, QTLS_ERR_ALERT_RECEIVED);
  assert_string_equal(e.alert_name, "internal_error");
  flow_stop(&f);
}

/* An ML-DSA signature of a wrong length is caught before it is sent. */
static void test_wrong_length(void **state) {
  (void)state;
  flow f;
  start(&f, hybrid);
  size_t pqc = qtls_conn_job(f.server.conn, 0)->alternative_key ? 0 : 1;
  uint8_t sig[100] = {0};
  assert_ok(qtls_conn_job_done(f.server.conn, qtls_conn_job(f.server.conn, pqc)->id, sig, sizeof sig));
  sign_job(&f, hybrid, 0, false);
  resume(&f);
  assert_err(f.server.err, QTLS_ERR_SIGNER);
  assert_false(f.client.connected);
  flow_stop(&f);
}

static int setup(void **state) {
  (void)state;
  hybrid = pki_make("hybrid-p384-mldsa65", NULL);
  plain = pki_make("p256", NULL);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  pki_free(hybrid);
  pki_free(plain);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_hybrid_in_either_order), cmocka_unit_test(test_plain),
      cmocka_unit_test(test_spoilt_parts),           cmocka_unit_test(test_failed_job),
      cmocka_unit_test(test_wrong_length),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
