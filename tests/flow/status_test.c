/*
 * The status of certificates in connections (Q-TLS §9): stapled by the server and
 * judged by the client, and from lists; pins beside it.
 */
#include <string.h>

#include "crypto/hash.h"
#include "support/status_plan.h"
#include "unit/unit.h"

static void tell(const flow *f, const plan *p) {
  if (!flow_connected(f)) {
    print_message("%s: client %s, server %s\n", p->by->what, qtls_err_name(f->client.err),
                  qtls_err_name(f->server.err));
  }
}

/* ---- stapled ---- */

static void test_stapled(void **state) {
  (void)state;
  for (size_t i = 0; i < PLAN_PROTOCOLS; i++) {
    for (int way = 0; way < 3; way++) {
      plan p = {.by = &plan_protocols[i],
                .staple = true,
                .mode = way == 0 ? QTLS_REVOCATION_soft_fail : QTLS_REVOCATION_hard_fail,
                .kind = way == 2 ? STAPLE_RESPONDER : STAPLE_GOOD,
                .compressed = way == 1};
      flow f;
      plan_run(&f, &p);
      tell(&f, &p);
      assert_true(flow_connected(&f));
      qtls_info c = plan_info(&f.client);
      qtls_info s = plan_info(&f.server);
      assert_string_equal(c.status, "good");
      assert_true(c.stapled && s.stapled);
      assert_int_equal(c.status_next_update, PKI_NOW + PKI_DAY);
      assert_int_equal(s.status_next_update, PKI_NOW + PKI_DAY);
      assert_string_equal(s.status, "not asked");
      flow_stop(&f);
    }
  }
}

/* A client that asks for nothing gets nothing, and what it costs is what it was. */
static void test_not_asked(void **state) {
  (void)state;
  for (size_t i = 0; i < PLAN_PROTOCOLS; i++) {
    plan p = {.by = &plan_protocols[i], .staple = true, .mode = QTLS_REVOCATION_off, .required = true};
    flow f;
    plan_run(&f, &p);
    assert_true(flow_connected(&f));
    assert_string_equal(plan_info(&f.client).status, "not asked");
    assert_false(plan_info(&f.client).stapled || plan_info(&f.server).stapled);
    size_t bare = f.server.bytes_sent;
    flow_stop(&f);
    p.mode = QTLS_REVOCATION_soft_fail;
    plan_run(&f, &p);
    assert_true(f.server.bytes_sent > bare + 150);
    flow_stop(&f);
  }
}

static void test_no_staple(void **state) {
  (void)state;
  for (size_t i = 0; i < PLAN_PROTOCOLS; i++) {
    plan p = {.by = &plan_protocols[i]};
    flow f;
    plan_run(&f, &p);
    assert_true(flow_connected(&f));
    assert_string_equal(plan_info(&f.client).status, "unknown");
    assert_false(plan_info(&f.client).stapled || plan_info(&f.server).stapled);
    flow_stop(&f);
  }
}

/* Q-TLS §4: a chain of ML-DSA alone does not make a responder's ECDSA signature
 * count where the policy or the floor asks for ML-DSA. */
static void test_weaker_responder(void **state) {
  (void)state;
  static const struct {
    size_t protocol;
    bool pq_auth;
    qtls_err client;
  } rows[] = {{2, false, QTLS_ERR_STATUS_ALT}, {6, false, QTLS_OK}, {6, true, QTLS_ERR_STATUS_ALT}};
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    plan p = {
        .by = &plan_protocols[rows[i].protocol], .staple = true, .kind = STAPLE_WEAKER, .pq_auth = rows[i].pq_auth};
    flow f;
    plan_run(&f, &p);
    assert_err(f.client.err, rows[i].client);
    assert_int_equal(flow_connected(&f), rows[i].client == QTLS_OK);
    flow_stop(&f);
  }
}

/* Past its nextUpdate, or a day old without one, a staple is not sent; the last second
 * still counts. */
static void test_stale(void **state) {
  (void)state;
  static const struct {
    int64_t now;
    staple_kind kind;
    bool required, hard, sent;
    qtls_err client, server;
  } rows[] = {
      {PKI_NOW + PKI_DAY, STAPLE_GOOD, false, true, true, QTLS_OK, QTLS_OK},
      {PKI_NOW, STAPLE_ENDLESS, false, true, true, QTLS_OK, QTLS_OK},
      {PKI_NOW + 1, STAPLE_ENDLESS, false, false, false, QTLS_OK, QTLS_OK},
      {PKI_NOW + PKI_DAY + 1, STAPLE_GOOD, false, false, false, QTLS_OK, QTLS_OK},
      {PKI_NOW + PKI_DAY + 1, STAPLE_GOOD, false, true, false, QTLS_ERR_CERT_STATUS_UNKNOWN, QTLS_ERR_ALERT_RECEIVED},
      {PKI_NOW + PKI_DAY + 1, STAPLE_GOOD, true, false, false, QTLS_ERR_ALERT_RECEIVED, QTLS_ERR_STAPLE_NONE},
  };
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    plan p = {.by = &plan_protocols[0],
              .staple = true,
              .kind = rows[i].kind,
              .now = rows[i].now,
              .required = rows[i].required,
              .mode = rows[i].hard ? QTLS_REVOCATION_hard_fail : QTLS_REVOCATION_soft_fail};
    flow f;
    plan_run(&f, &p);
    assert_err(f.client.err, rows[i].client);
    assert_err(f.server.err, rows[i].server);
    assert_int_equal(flow_connected(&f), rows[i].client == QTLS_OK);
    assert_int_equal(plan_info(&f.server).stapled, rows[i].sent);
    flow_stop(&f);
  }
}

/* RFC 7633: holds for a client that asks, and is met by a staple. */
static void test_must_staple(void **state) {
  (void)state;
  pki *must = staple_pki("p256", true);
  for (int staple = 0; staple < 2; staple++) {
    for (int mode = QTLS_REVOCATION_off; mode <= QTLS_REVOCATION_hard_fail; mode++) {
      plan p = {.by = &plan_protocols[4], .identity = must, .staple = staple == 1, .mode = (qtls_revocation)mode};
      flow f;
      plan_run(&f, &p);
      bool passes = staple == 1 || mode == QTLS_REVOCATION_off;
      assert_int_equal(flow_connected(&f), passes);
      assert_err(f.client.err, passes ? QTLS_OK : QTLS_ERR_CERT_STAPLE_MISSING);
      flow_stop(&f);
    }
  }
  pki_free(must);
}

/* ---- lists ---- */

static void test_lists(void **state) {
  (void)state;
  for (size_t i = 0; i < PLAN_PROTOCOLS; i++) {
    for (int revoked = 0; revoked < 2; revoked++) {
      plan p = {.by = &plan_protocols[i],
                .mode = revoked == 1 ? QTLS_REVOCATION_soft_fail : QTLS_REVOCATION_hard_fail,
                .lists = plan_pki(plan_protocols[i].kind),
                .revoked = revoked == 1};
      flow f;
      plan_run(&f, &p);
      assert_int_equal(flow_connected(&f), revoked == 0);
      assert_err(f.client.err, revoked == 0 ? QTLS_OK : QTLS_ERR_CERT_REVOKED);
      if (revoked == 0) {
        assert_string_equal(plan_info(&f.client).status, "good");
        assert_false(plan_info(&f.client).stapled);
      }
      flow_stop(&f);
    }
  }
}

/* A staple that says good does not outweigh a list that says revoked. */
static void test_list_beside_staple(void **state) {
  (void)state;
  plan p = {.by = &plan_protocols[0], .staple = true, .lists = plan_pki(plan_protocols[0].kind), .revoked = true};
  flow f;
  plan_run(&f, &p);
  assert_err(f.client.err, QTLS_ERR_CERT_REVOKED);
  flow_stop(&f);
}

/* ---- pins ---- */

static void test_pins(void **state) {
  (void)state;
  for (size_t i = 0; i < PLAN_PROTOCOLS; i++) {
    const pki *id = plan_pki(plan_protocols[i].kind);
    for (int k = 0; k < 6; k++) {
      const q_cert *cert = &id->node[k / 2].cert;
      q_span spki = k % 2 == 0 ? cert->spki : cert->alt_spki;
      if (spki.n == 0) {
        continue;
      }
      uint8_t digest[Q_HASH_MAX];
      q_crypto_hash_once(Q_HASH_SHA256, digest, spki);
      plan p = {.by = &plan_protocols[i], .pin = digest};
      flow f;
      plan_run(&f, &p);
      /* A key counts where its own path was asked for and is good. */
      bool own = k % 2 == 0;
      bool pqc_alone = strcmp(plan_protocols[i].what, "0x13F1, hybrid") == 0;
      bool classical_alone = strcmp(plan_protocols[i].versions, "tls1.3") == 0;
      bool counts = own ? !pqc_alone : !classical_alone;
      if (flow_connected(&f) != counts) {
        print_message("%s, pin %d: %s\n", plan_protocols[i].what, k, qtls_err_name(f.client.err));
      }
      assert_int_equal(flow_connected(&f), counts);
      assert_err(f.client.err, counts ? QTLS_OK : QTLS_ERR_CERT_PIN);
      flow_stop(&f);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_stapled),   cmocka_unit_test(test_not_asked),
      cmocka_unit_test(test_no_staple), cmocka_unit_test(test_weaker_responder),
      cmocka_unit_test(test_stale),     cmocka_unit_test(test_must_staple),
      cmocka_unit_test(test_lists),     cmocka_unit_test(test_list_beside_staple),
      cmocka_unit_test(test_pins),
  };
  return cmocka_run_group_tests(tests, NULL, plan_teardown);
}
