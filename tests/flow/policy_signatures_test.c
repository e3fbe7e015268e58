/*
 * Policies over two signatures (Q-TLS §4): each policy with each part good or
 * bad in CertificateVerify and on each link of the path; never a mix of links;
 * the stricter of both sides' policies.
 */
#include <stdio.h>
#include <string.h>

#include "crypto/hash.h"
#include "support/alert_case.h"

/* Where a signature stands. */
typedef enum spot { VERIFY, LEAF, CA, SPOTS } spot;

/* What is wrong at each spot: bits of peer_damage. */
typedef struct damages {
  unsigned at[SPOTS];
} damages;

/* Signed by a key of the right kind that is not the issuer's. */
static void adjust(void *context, q_issue *what, pki_level level, const pki *so_far) {
  const damages *d = context;
  unsigned how = level == PKI_LEAF ? d->at[LEAF] : level == PKI_INTERMEDIATE ? d->at[CA] : 0;
  const pki_node *other = &so_far->node[level == PKI_LEAF ? PKI_ROOT : PKI_INTERMEDIATE];
  bool lone = what->alt_key == NULL; /* a pure hierarchy: its one signature is the ML-DSA one, or the classical */
  bool lone_pqc = lone && q_key_is_mldsa(q_crypto_privkey_type(what->key));
  if ((how & (lone_pqc ? PEER_PQC_BAD : PEER_CLASSICAL_BAD)) != 0) {
    what->key = other->key;
  }
  if (!lone && (how & PEER_PQC_BAD) != 0) {
    what->alt_key = other->alt_key;
  }
}

/* Hierarchies by kind and by what is wrong with their two links. */
static struct {
  const char *kind;
  unsigned leaf, ca;
  pki *made;
} made[64];

static const pki *hierarchy(const char *kind, const damages *d) {
  size_t i = 0;
  while (i < Q_COUNT(made) && made[i].made != NULL &&
         (strcmp(made[i].kind, kind) != 0 || made[i].leaf != d->at[LEAF] || made[i].ca != d->at[CA])) {
    i++;
  }
  assert_true(i < Q_COUNT(made));
  if (made[i].made == NULL) {
    damages copy = *d;
    pki_options options = {.adjust = adjust, .context = &copy};
    made[i].kind = kind;
    made[i].leaf = d->at[LEAF];
    made[i].ca = d->at[CA];
    made[i].made = pki_make(kind, &options);
  }
  return made[i].made;
}

static int teardown(void **state) {
  for (size_t i = 0; i < Q_COUNT(made); i++) {
    pki_free(made[i].made);
  }
  return case_teardown(state);
}

/* ---- what must come out ---- */

typedef enum suite { HYBRID, PQC_BY_HYBRID, PQC_BY_PURE, TLS13_BY_HYBRID, SUITES } suite;

/* The error that ends it, or QTLS_OK. */
static qtls_err expected(suite s, qtls_policy policy, const damages *d) {
  unsigned all = d->at[VERIFY] | d->at[LEAF] | d->at[CA];
  bool classical = (all & PEER_CLASSICAL_BAD) != 0;
  bool pqc = (all & PEER_PQC_BAD) != 0;
  unsigned chain = d->at[LEAF] | d->at[CA];
  if (s == TLS13_BY_HYBRID) {
    pqc = false; /* its classical key and path are the ones checked */
  } else if (s != HYBRID) {
    classical = false; /* the alternative ones are */
  }
  bool fine = s == HYBRID && policy == QTLS_POLICY_require_any ? !classical || !pqc : !classical && !pqc;
  if (fine) {
    return QTLS_OK;
  }
  /* The path is judged first, when Certificate comes: is it enough by itself? */
  bool chain_classical = classical && (chain & PEER_CLASSICAL_BAD) != 0;
  bool chain_pqc = pqc && (chain & PEER_PQC_BAD) != 0;
  bool chain_fine = s == HYBRID && policy == QTLS_POLICY_require_any ? !chain_classical || !chain_pqc
                                                                     : !chain_classical && !chain_pqc;
  if (!chain_fine) {
    return chain_classical ? QTLS_ERR_CERT_SIGNATURE : QTLS_ERR_CERT_ALT_SIGNATURE;
  }
  return pqc && (d->at[VERIFY] & PEER_PQC_BAD) != 0 ? QTLS_ERR_SIG_PQC : QTLS_ERR_SIG_CLASSICAL;
}

static peer_options options_of(suite s, qtls_policy client, qtls_policy server, const damages *d) {
  peer_options o = case_options(CASE_QTLS);
  o.identity = hierarchy(s == PQC_BY_PURE ? "mldsa65" : "hybrid-p384-mldsa65", d);
  o.outside_keys = true;
  o.client.policy = client;
  o.server.policy = server;
  if (s == PQC_BY_HYBRID || s == PQC_BY_PURE) {
    o.client.suites = o.server.suites = "qtls-pqc";
  } else if (s == TLS13_BY_HYBRID) {
    o.client.versions = o.server.versions = "tls1.3";
  }
  return o;
}

static qtls_signature_verdict verdict(bool there, bool bad) {
  return !there ? QTLS_SIGNATURE_absent : bad ? QTLS_SIGNATURE_refused : QTLS_SIGNATURE_verified;
}

static void check_connected(peer *p, const char *what, suite s, const damages *d) {
  unsigned all = d->at[VERIFY] | d->at[LEAF] | d->at[CA];
  qtls_info info;
  if (!flow_connected(&p->f)) {
    print_message("%s: not connected\n", what);
  }
  assert_true(flow_connected(&p->f));
  qtls_conn_get_info(p->f.client.conn, &info);
  bool pqc_there = s != TLS13_BY_HYBRID;
  bool classical_there = s == HYBRID || s == TLS13_BY_HYBRID;
  assert_int_equal(info.classical_signature, verdict(classical_there, (all & PEER_CLASSICAL_BAD) != 0));
  assert_int_equal(info.pqc_signature, verdict(pqc_there, (all & PEER_PQC_BAD) != 0));
  bool both = info.classical_signature == QTLS_SIGNATURE_verified && info.pqc_signature == QTLS_SIGNATURE_verified;
  assert_string_equal(info.authentication, both                                            ? "hybrid"
                                           : info.pqc_signature == QTLS_SIGNATURE_verified ? "pqc"
                                                                                           : "classical");
  flow_write(&p->f, true, "ping", 4);
  assert_int_equal(p->f.server.data_n, 4);
}

static void attempt(suite s, qtls_policy client, qtls_policy server, const damages *d) {
  static const char *const suites[] = {"0x13F2", "0x13F1 hybrid", "0x13F1 pure", "TLS 1.3"};
  char what[160];
  (void)snprintf(what, sizeof what, "%s, policies %d and %d, verify %u, leaf %u, CA %u", suites[s], (int)client,
                 (int)server, d->at[VERIFY], d->at[LEAF], d->at[CA]);
  peer p;
  peer_options o = options_of(s, client, server, d);
  qtls_err err = expected(s, client < server ? client : server, d);
  peer_start(&p, &o);
  peer_run(&p);
  assert_non_null(qtls_conn_job(p.f.server.conn, 0));
  peer_sign(&p, o.identity, (peer_damage)d->at[VERIFY]);
  if (err == QTLS_OK) {
    check_connected(&p, what, s, d);
  } else {
    peer_check(&p, what, true, err, QTLS_ALERT_none, err == QTLS_ERR_SIG_PQC ? "pqc_signature_failure" : NULL);
  }
  if (s != TLS13_BY_HYBRID && err == QTLS_OK) {
    qtls_info info;
    qtls_conn_get_info(p.f.client.conn, &info);
    assert_int_equal(info.policy, client < server ? client : server);
    qtls_conn_get_info(p.f.server.conn, &info);
    assert_int_equal(info.policy, client < server ? client : server);
  }
  peer_stop(&p);
}

/* ---- pinned keys ---- */

static uint8_t pinned[32];

static qtls_err pin(qtls_config *c) { return qtls_config_add_pin(c, pinned); }

/* A pinned key counts only where the algorithm it belongs to is good all over, the
 * handshake's own signature included: under require_any nobody else vouches for it. */
static void test_pins_of_both_kinds(void **state) {
  static const damages none = {{0}};
  (void)state;
  for (int level = PKI_INTERMEDIATE; level <= PKI_LEAF; level++) {
    for (int alternative = 0; alternative < 2; alternative++) {
      for (unsigned damage = 0; damage <= PEER_PQC_BAD; damage++) {
        peer_options o = options_of(HYBRID, QTLS_POLICY_require_any, QTLS_POLICY_require_any, &none);
        const q_cert *cert = &o.identity->node[level].cert;
        uint8_t digest[Q_HASH_MAX];
        q_crypto_hash_once(Q_HASH_SHA256, digest, alternative != 0 ? cert->alt_spki : cert->spki);
        memcpy(pinned, digest, sizeof pinned);
        o.client.more = pin;
        bool bad = (damage & (alternative != 0 ? PEER_PQC_BAD : PEER_CLASSICAL_BAD)) != 0;
        peer p;
        peer_start(&p, &o);
        peer_run(&p);
        peer_sign(&p, o.identity, (peer_damage)damage);
        if (bad) {
          peer_check(&p, "a pinned key that nobody has used", true, QTLS_ERR_CERT_PIN, QTLS_ALERT_none, NULL);
        } else {
          assert_true(flow_connected(&p.f));
        }
        peer_stop(&p);
      }
    }
  }
}

/* ---- the tests ---- */

/* One spot at a time. */
static void test_each_spot(void **state) {
  (void)state;
  for (int s = 0; s < SUITES; s++) {
    for (int policy = QTLS_POLICY_require_both; policy <= QTLS_POLICY_require_any; policy++) {
      if ((s == PQC_BY_HYBRID || s == PQC_BY_PURE) && policy == QTLS_POLICY_require_both) {
        continue; /* 0x13F1 is not offered then */
      }
      for (int where = 0; where < SPOTS; where++) {
        for (unsigned damage = PEER_GOOD; damage <= PEER_BOTH_BAD; damage++) {
          damages d = {{0, 0, 0}};
          d.at[where] = damage;
          if (s == PQC_BY_PURE && where != VERIFY && damage == PEER_CLASSICAL_BAD) {
            continue; /* there is no classical link */
          }
          attempt((suite)s, (qtls_policy)policy, (qtls_policy)policy, &d);
        }
      }
    }
  }
}

/* A floor that asks for ML-DSA has a word of its own only where a policy would do without. */
static void test_floor_and_policy(void **state) {
  static const struct {
    qtls_policy policy;
    peer_damage damage;
    qtls_err err;
  } rows[] = {{QTLS_POLICY_require_both, PEER_PQC_BAD, QTLS_ERR_SIG_PQC},
              {QTLS_POLICY_require_both, PEER_CLASSICAL_BAD, QTLS_ERR_SIG_CLASSICAL},
              {QTLS_POLICY_require_both, PEER_BOTH_BAD, QTLS_ERR_SIG_PQC},
              {QTLS_POLICY_require_any, PEER_PQC_BAD, QTLS_ERR_FLOOR},
              {QTLS_POLICY_require_any, PEER_CLASSICAL_BAD, QTLS_OK},
              {QTLS_POLICY_require_any, PEER_BOTH_BAD, QTLS_ERR_SIG_PQC}};
  static const damages none = {{0}};
  (void)state;
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    peer p;
    peer_options o = options_of(HYBRID, rows[i].policy, rows[i].policy, &none);
    o.client.floor = QTLS_FLOOR_pq_auth;
    peer_start(&p, &o);
    peer_run(&p);
    peer_sign(&p, o.identity, rows[i].damage);
    assert_err(p.f.client.err, rows[i].err);
    assert_int_equal(flow_connected(&p.f), rows[i].err == QTLS_OK);
    peer_stop(&p);
  }
}

/* Classical bad in one place, ML-DSA in another: no policy puts a good path
 * together from what is left. */
static void test_never_a_mix(void **state) {
  (void)state;
  for (int a = 0; a < SPOTS; a++) {
    for (int b = 0; b < SPOTS; b++) {
      damages d = {{0, 0, 0}};
      d.at[a] |= PEER_CLASSICAL_BAD;
      d.at[b] |= PEER_PQC_BAD;
      for (int policy = QTLS_POLICY_require_both; policy <= QTLS_POLICY_require_any; policy++) {
        assert_int_not_equal(expected(HYBRID, (qtls_policy)policy, &d), QTLS_OK);
        attempt(HYBRID, (qtls_policy)policy, (qtls_policy)policy, &d);
      }
    }
  }
}

/* The same kind bad in two places is as bad as in one. */
static void test_one_kind_all_over(void **state) {
  static const unsigned kinds[] = {PEER_CLASSICAL_BAD, PEER_PQC_BAD};
  (void)state;
  for (size_t i = 0; i < Q_COUNT(kinds); i++) {
    damages d = {{kinds[i], kinds[i], kinds[i]}};
    attempt(HYBRID, QTLS_POLICY_require_any, QTLS_POLICY_require_any, &d);
    attempt(HYBRID, QTLS_POLICY_require_pqc, QTLS_POLICY_require_pqc, &d);
  }
}

static void test_stricter_wins(void **state) {
  static const damages wrong[] = {{{0, 0, 0}},
                                  {{PEER_CLASSICAL_BAD, 0, 0}},
                                  {{PEER_PQC_BAD, 0, 0}},
                                  {{0, PEER_CLASSICAL_BAD, 0}},
                                  {{0, 0, PEER_PQC_BAD}}};
  (void)state;
  for (int client = QTLS_POLICY_require_both; client <= QTLS_POLICY_require_any; client++) {
    for (int server = QTLS_POLICY_require_both; server <= QTLS_POLICY_require_any; server++) {
      for (size_t i = 0; i < Q_COUNT(wrong); i++) {
        attempt(HYBRID, (qtls_policy)client, (qtls_policy)server, &wrong[i]);
      }
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_each_spot),          cmocka_unit_test(test_floor_and_policy),
      cmocka_unit_test(test_never_a_mix),
      cmocka_unit_test(test_one_kind_all_over),  cmocka_unit_test(test_stricter_wins),
      cmocka_unit_test(test_pins_of_both_kinds),
  };
  return cmocka_run_group_tests(tests, NULL, teardown);
}
