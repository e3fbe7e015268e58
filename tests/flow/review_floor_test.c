/*
 * The floor under require_any (Q-TLS §1, §4): that policy lets one of two
 * signatures fail, but where the floor asks for ML-DSA it may not be that one.
 */
#include "support/alert_case.h"

/* The leaf's ML-DSA signature is by another key than its issuer's. */
static void adjust(void *context, q_issue *what, pki_level level, const pki *so_far) {
  (void)context;
  if (level == PKI_LEAF) {
    what->alt_key = so_far->node[PKI_ROOT].alt_key;
  }
}

static pki *broken;

static int setup(void **state) {
  (void)state;
  pki_options options = {.adjust = adjust};
  broken = pki_make("hybrid-p384-mldsa65", &options);
  return 0;
}

static int teardown(void **state) {
  pki_free(broken);
  return case_teardown(state);
}

static peer_options any(qtls_floor floor, const pki *identity) {
  peer_options o = case_options(CASE_QTLS);
  o.identity = identity;
  o.outside_keys = true;
  o.client.policy = o.server.policy = QTLS_POLICY_require_any;
  o.client.floor = floor;
  return o;
}

static void attempt(const peer_options *o, peer_damage damage, const char *authentication) {
  peer p;
  peer_start(&p, o);
  peer_run(&p);
  peer_sign(&p, o->identity, damage);
  if (authentication == NULL) {
    peer_check(&p, "require_any below the floor", true, QTLS_ERR_FLOOR, QTLS_ALERT_none, NULL);
  } else {
    qtls_info info;
    assert_true(flow_connected(&p.f));
    qtls_conn_get_info(p.f.client.conn, &info);
    assert_string_equal(info.authentication, authentication);
  }
  peer_stop(&p);
}

static void test_require_any(void **state) {
  (void)state;
  for (int floor = QTLS_FLOOR_classical; floor <= QTLS_FLOOR_q_tls; floor++) {
    const char *by_classical = floor < QTLS_FLOOR_pq_auth ? "classical" : NULL;
    peer_options good = any((qtls_floor)floor, case_pki("hybrid-p384-mldsa65"));
    attempt(&good, PEER_GOOD, "hybrid");
    attempt(&good, PEER_CLASSICAL_BAD, "pqc");
    attempt(&good, PEER_PQC_BAD, by_classical);
    peer_options bad = any((qtls_floor)floor, broken);
    attempt(&bad, PEER_GOOD, by_classical);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_require_any)};
  return cmocka_run_group_tests(tests, setup, teardown);
}
