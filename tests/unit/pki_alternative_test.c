/*
 * Every way out of the verification of alternative signatures (Q-TLS §4): the
 * classical part stays good, so that nothing else can refuse these chains.
 */
#include "support/pki_edit.h"
#include "unit/unit.h"

static pki *good;
static pki *other; /* the same names, other keys */

static int set_up(void **state) {
  (void)state;
  good = pki_make("hybrid-p384-mldsa65", NULL);
  other = pki_make("hybrid-p384-mldsa65", NULL);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  pki_free(good);
  pki_free(other);
  return 0;
}

/* A copy of `node` that a test may change; keys are not copied. */
static pki_node copy(const pki_node *node) {
  pki_node fresh = {0};
  fresh.key = node->key;
  fresh.alt_key = node->alt_key;
  pki_replace(&fresh, pki_der(node));
  return fresh;
}

static void drop(pki_node nodes[3]) {
  for (size_t i = 0; i < 3; i++) {
    q_free(nodes[i].der);
  }
}

static void copy_all(pki_node nodes[3]) {
  for (size_t i = 0; i < 3; i++) {
    nodes[i] = copy(&good->node[i]);
  }
}

static qtls_err verify(q_pki_verdict *v, const pki_node nodes[3], q_pki_need need) {
  q_trust *trust = NULL;
  size_t line = 0;
  assert_ok(q_pki_trust_new(&trust));
  assert_ok(q_pki_trust_add(trust, &line, pki_der(&nodes[PKI_ROOT])));
  q_span chain[2] = {pki_der(&nodes[PKI_LEAF]), pki_der(&nodes[PKI_INTERMEDIATE])};
  q_pki_request req = {.trust = trust,
                       .chain = chain,
                       .chain_count = 2,
                       .now = PKI_NOW,
                       .name = "localhost",
                       .purpose = Q_PKI_SERVER,
                       .need = need};
  qtls_err err = q_pki_verify(v, &req);
  q_pki_trust_free(trust);
  return err;
}

/* The chain is good classically, and its alternative path ends with `expected`
 * at certificate `at`. */
static void expect(const pki_node nodes[3], qtls_err expected, size_t at) {
  static const struct {
    q_pki_need need;
    bool good;
  } needs[] = {{Q_PKI_NEED_PRIMARY, true},
               {Q_PKI_NEED_ANY, true},
               {Q_PKI_NEED_BOTH, false},
               {Q_PKI_NEED_ALTERNATIVE, false}};
  for (size_t i = 0; i < Q_COUNT(needs); i++) {
    q_pki_verdict v;
    assert_err(verify(&v, nodes, needs[i].need), needs[i].good ? QTLS_OK : expected);
    assert_err(v.primary, QTLS_OK);
    assert_err(v.alternative, expected);
    if (!needs[i].good) {
      assert_int_equal(v.at, at);
    }
    assert_false(v.primary_pqc);
    q_pki_verdict_free(&v);
  }
}

/* What is not needed is not computed on demand, and never counts as good. */
static void only_needed(void **state) {
  (void)state;
  pki_node nodes[3];
  copy_all(nodes);
  q_trust *trust = NULL;
  assert_ok(q_pki_trust_new(&trust));
  size_t line = 0;
  assert_ok(q_pki_trust_add(trust, &line, pki_der(&nodes[PKI_ROOT])));
  q_span chain[2] = {pki_der(&nodes[PKI_LEAF]), pki_der(&nodes[PKI_INTERMEDIATE])};
  q_pki_request req = {.trust = trust, .chain = chain, .chain_count = 2, .now = PKI_NOW, .name = "localhost",
                       .purpose = Q_PKI_SERVER, .only_needed = true};
  for (req.need = Q_PKI_NEED_PRIMARY; req.need <= Q_PKI_NEED_ANY; req.need++) {
    q_pki_verdict v;
    assert_ok(q_pki_verify(&v, &req));
    assert_int_equal(v.primary == QTLS_OK, req.need != Q_PKI_NEED_ALTERNATIVE);
    assert_int_equal(v.alternative == QTLS_OK, req.need != Q_PKI_NEED_PRIMARY);
    q_pki_verdict_free(&v);
  }
  q_pki_trust_free(trust);
  drop(nodes);
}

/* The chain cannot be read at all. */
static void expect_unreadable(const pki_node nodes[3], qtls_err expected, size_t at) {
  for (q_pki_need need = Q_PKI_NEED_PRIMARY; need <= Q_PKI_NEED_ANY; need++) {
    q_pki_verdict v;
    assert_err(verify(&v, nodes, need), expected);
    assert_true(v.primary != QTLS_OK && v.alternative != QTLS_OK);
    assert_int_equal(v.at, at);
    q_pki_verdict_free(&v);
  }
}

static const pki_node *issuer_of(const pki_node nodes[3], pki_level level) {
  return &nodes[level == PKI_ROOT ? PKI_ROOT : level - 1];
}

/* Index in the path of a level of the hierarchy. */
static size_t place(pki_level level) { return (size_t)(PKI_LEAF - level); }

static void edit(pki_node nodes[3], pki_level level, pki_edit_kind kind, q_oid oid, q_span value) {
  pki_edit e = {kind, oid, value, false, {NULL, 0}};
  pki_edit_extension(&nodes[level], issuer_of(nodes, level), e);
}

static void sound(void **state) {
  (void)state;
  q_pki_verdict v;
  assert_ok(verify(&v, good->node, Q_PKI_NEED_BOTH));
  assert_ok(v.primary);
  assert_ok(v.alternative);
  assert_int_equal(q_crypto_pubkey_type(v.alt_key), Q_KEY_MLDSA65);
  q_pki_verdict_free(&v);
}

static void made_with_another_key(void **state) {
  (void)state;
  for (pki_level level = PKI_ROOT; level <= PKI_LEAF; level++) {
    pki_node nodes[3];
    copy_all(nodes);
    pki_resign_alt(&nodes[level], issuer_of(nodes, level), other->node[level].alt_key);
    expect(nodes, QTLS_ERR_CERT_ALT_SIGNATURE, place(level));
    drop(nodes);
  }
}

static void of_another_certificate(void **state) {
  (void)state;
  for (pki_level level = PKI_ROOT; level <= PKI_LEAF; level++) {
    pki_node nodes[3];
    copy_all(nodes);
    uint8_t value[4000] = {0x03, 0x82, 0x0C, 0xEE, 0x00};
    q_span theirs = other->node[level].cert.alt_signature;
    memcpy(value + 5, theirs.p, theirs.n);
    edit(nodes, level, PKI_EDIT_REPLACE, Q_OID_ALT_SIGNATURE, q_span_of(value, theirs.n + 5));
    expect(nodes, QTLS_ERR_CERT_ALT_SIGNATURE, place(level));
    drop(nodes);
  }
}

static void with_one_bit_wrong(void **state) {
  (void)state;
  for (pki_level level = PKI_ROOT; level <= PKI_LEAF; level++) {
    pki_node nodes[3];
    copy_all(nodes);
    uint8_t value[4000] = {0x03, 0x82, 0x0C, 0xEE, 0x00};
    q_span own = good->node[level].cert.alt_signature;
    memcpy(value + 5, own.p, own.n);
    value[1000] ^= 1;
    edit(nodes, level, PKI_EDIT_REPLACE, Q_OID_ALT_SIGNATURE, q_span_of(value, own.n + 5));
    expect(nodes, QTLS_ERR_CERT_ALT_SIGNATURE, place(level));
    drop(nodes);
  }
}

static void absent(void **state) {
  (void)state;
  static const qtls_err key_missing[] = {QTLS_ERR_CERT_ANCHOR_ALT, QTLS_ERR_CERT_ALT_MISSING,
                                         QTLS_ERR_CERT_ALT_MISSING};
  /* The root's key is asked for when the intermediate's signature is judged. */
  static const size_t key_at[] = {1, 0, 0};
  for (pki_level level = PKI_ROOT; level <= PKI_LEAF; level++) {
    pki_node nodes[3];
    copy_all(nodes);
    /* 72 gone, with a fresh alternative signature: only the key is missing. */
    edit(nodes, level, PKI_EDIT_REMOVE, Q_OID_ALT_SPKI, q_span_of(NULL, 0));
    pki_resign_alt(&nodes[level], issuer_of(nodes, level), issuer_of(nodes, level)->alt_key);
    expect(nodes, key_missing[level], key_at[level]);
    /* 73 and 74 gone, 72 there. */
    drop(nodes);
    copy_all(nodes);
    edit(nodes, level, PKI_EDIT_REMOVE, Q_OID_ALT_SIG_ALG, q_span_of(NULL, 0));
    edit(nodes, level, PKI_EDIT_REMOVE, Q_OID_ALT_SIGNATURE, q_span_of(NULL, 0));
    if (level == PKI_ROOT) { /* an anchor needs its keys, not a signature */
      q_pki_verdict v;
      assert_ok(verify(&v, nodes, Q_PKI_NEED_BOTH));
      q_pki_verdict_free(&v);
    } else {
      expect(nodes, QTLS_ERR_CERT_ALT_MISSING, place(level));
    }
    drop(nodes);
  }
}

static void one_of_73_and_74(void **state) {
  (void)state;
  static const q_oid gone[] = {Q_OID_ALT_SIG_ALG, Q_OID_ALT_SIGNATURE};
  for (pki_level level = PKI_INTERMEDIATE; level <= PKI_LEAF; level++) {
    for (size_t i = 0; i < Q_COUNT(gone); i++) {
      pki_node nodes[3];
      copy_all(nodes);
      edit(nodes, level, PKI_EDIT_REMOVE, gone[i], q_span_of(NULL, 0));
      expect_unreadable(nodes, QTLS_ERR_CERT_ALT_MALFORMED, place(level));
      drop(nodes);
    }
  }
}

static void malformed(void **state) {
  (void)state;
  /* id-ml-dsa-65 with NULL parameters; the round-3 number; id-ml-dsa-44; an
   * ECDSA algorithm; nothing; ML-DSA-65 with a byte after it. */
  static const char *const algorithms[] = {"300d06096086480165030403120500", "300d060b2b0601040102820b070605",
                                           "300b0609608648016503040311",     "300a06082a8648ce3d040303",
                                           "",                               "300b060960864801650304031200"};
  static const char *const signatures[] = {"", "0300", "030100", "03020100", "0302000000", "04020000"};
  for (pki_level level = PKI_INTERMEDIATE; level <= PKI_LEAF; level++) {
    uint8_t value[64];
    pki_node nodes[3];
    for (size_t i = 0; i < Q_COUNT(algorithms); i++) {
      copy_all(nodes);
      size_t n = unit_hex(value, sizeof value, algorithms[i]);
      edit(nodes, level, PKI_EDIT_REPLACE, Q_OID_ALT_SIG_ALG, q_span_of(value, n));
      expect_unreadable(nodes, QTLS_ERR_CERT_ALT_MALFORMED, place(level));
      drop(nodes);
    }
    for (size_t i = 0; i < Q_COUNT(signatures); i++) {
      copy_all(nodes);
      size_t n = unit_hex(value, sizeof value, signatures[i]);
      edit(nodes, level, PKI_EDIT_REPLACE, Q_OID_ALT_SIGNATURE, q_span_of(value, n));
      expect_unreadable(nodes, QTLS_ERR_CERT_ALT_MALFORMED, place(level));
      drop(nodes);
    }
  }
}

/* Shortened by a byte, with lengths that agree. */
static void truncated(void **state) {
  (void)state;
  for (pki_level level = PKI_INTERMEDIATE; level <= PKI_LEAF; level++) {
    pki_node nodes[3];
    copy_all(nodes);
    uint8_t value[4000] = {0x03, 0x82, 0x0C, 0xED, 0x00};
    memcpy(value + 5, good->node[level].cert.alt_signature.p, 3308);
    edit(nodes, level, PKI_EDIT_REPLACE, Q_OID_ALT_SIGNATURE, q_span_of(value, 3313));
    expect_unreadable(nodes, QTLS_ERR_CERT_ALT_MALFORMED, place(level));
    drop(nodes);
  }
}

static void key_malformed(void **state) {
  (void)state;
  pki_node nodes[3];
  uint8_t value[2100];
  q_span own = good->node[PKI_LEAF].cert.alt_spki;
  copy_all(nodes);
  edit(nodes, PKI_LEAF, PKI_EDIT_REPLACE, Q_OID_ALT_SPKI, good->node[PKI_LEAF].cert.spki); /* an EC key */
  expect_unreadable(nodes, QTLS_ERR_CERT_ALT_MALFORMED, 0);
  drop(nodes);
  copy_all(nodes);
  memcpy(value, own.p, own.n);
  value[own.n] = 0;
  edit(nodes, PKI_LEAF, PKI_EDIT_REPLACE, Q_OID_ALT_SPKI, q_span_of(value, own.n + 1));
  expect_unreadable(nodes, QTLS_ERR_CERT_ALT_MALFORMED, 0);
  drop(nodes);
  copy_all(nodes);
  edit(nodes, PKI_LEAF, PKI_EDIT_REPLACE, Q_OID_ALT_SPKI, q_span_of(own.p, own.n - 1));
  expect_unreadable(nodes, QTLS_ERR_CERT_ALT_MALFORMED, 0);
  drop(nodes);
}

static void repeated(void **state) {
  (void)state;
  static const q_oid oids[] = {Q_OID_ALT_SPKI, Q_OID_ALT_SIG_ALG, Q_OID_ALT_SIGNATURE};
  for (size_t i = 0; i < Q_COUNT(oids); i++) {
    pki_node nodes[3];
    copy_all(nodes);
    edit(nodes, PKI_LEAF, PKI_EDIT_REPEAT, oids[i], q_span_of(NULL, 0));
    expect_unreadable(nodes, QTLS_ERR_CERT_ALT_MALFORMED, 0);
    drop(nodes);
  }
}

/* Critical 72-74 are accepted (Q-TLS §4); the flag is covered by both signatures. */
static void critical_is_fine(void **state) {
  (void)state;
  static const q_oid oids[] = {Q_OID_ALT_SPKI, Q_OID_ALT_SIG_ALG, Q_OID_ALT_SIGNATURE};
  for (size_t i = 0; i < Q_COUNT(oids); i++) {
    pki_node nodes[3];
    copy_all(nodes);
    edit(nodes, PKI_LEAF, PKI_EDIT_CRITICAL, oids[i], q_span_of(NULL, 0));
    if (oids[i] != Q_OID_ALT_SIGNATURE) { /* 74 is left out of what it covers */
      expect(nodes, QTLS_ERR_CERT_ALT_SIGNATURE, 0);
      pki_resign_alt(&nodes[PKI_LEAF], &nodes[PKI_INTERMEDIATE], nodes[PKI_INTERMEDIATE].alt_key);
    }
    q_pki_verdict v;
    assert_ok(verify(&v, nodes, Q_PKI_NEED_BOTH));
    q_pki_verdict_free(&v);
    drop(nodes);
  }
}

/* The alternative signature with ML-DSA-87, by a key that is not the issuer's 72. */
static void another_parameter_set(void **state) {
  (void)state;
  q_privkey *big = NULL;
  uint8_t algorithm[16];
  uint8_t value[Q_SIGNATURE_MAX + 5] = {0x03, 0x82, 0x12, 0x14, 0x00};
  assert_ok(q_crypto_privkey_generate(&big, Q_KEY_MLDSA87, 0));
  pki_node nodes[3];
  copy_all(nodes);
  size_t n = unit_hex(algorithm, sizeof algorithm, "300b0609608648016503040313");
  edit(nodes, PKI_LEAF, PKI_EDIT_REPLACE, Q_OID_ALT_SIGNATURE, q_span_of(value, sizeof value));
  edit(nodes, PKI_LEAF, PKI_EDIT_REPLACE, Q_OID_ALT_SIG_ALG, q_span_of(algorithm, n));
  pki_resign_alt(&nodes[PKI_LEAF], &nodes[PKI_INTERMEDIATE], big);
  expect(nodes, QTLS_ERR_CERT_ALT_SIGNATURE, 0);
  drop(nodes);
  q_crypto_privkey_free(big);
}

/* Good alternative signatures, and a classical one that is wrong. */
static void classical_bad(void **state) {
  (void)state;
  for (pki_level level = PKI_ROOT; level <= PKI_LEAF; level++) {
    pki_node nodes[3];
    copy_all(nodes);
    pki_node forged = copy(&nodes[level]);
    forged.der[forged.n - 1] ^= 1;
    pki_replace(&nodes[level], pki_der(&forged));
    q_free(forged.der);
    q_pki_verdict v;
    assert_err(verify(&v, nodes, Q_PKI_NEED_BOTH), QTLS_ERR_CERT_SIGNATURE);
    assert_ok(v.alternative);
    assert_int_equal(v.at, place(level));
    q_pki_verdict_free(&v);
    assert_ok(verify(&v, nodes, Q_PKI_NEED_ALTERNATIVE));
    q_pki_verdict_free(&v);
    assert_ok(verify(&v, nodes, Q_PKI_NEED_ANY));
    assert_err(v.primary, QTLS_ERR_CERT_SIGNATURE);
    q_pki_verdict_free(&v);
    drop(nodes);
  }
}

/* Classical good on one link, alternative good on the other: no path is. */
static void never_a_mix_of_links(void **state) {
  (void)state;
  pki_node nodes[3];
  copy_all(nodes);
  pki_resign_alt(&nodes[PKI_INTERMEDIATE], &nodes[PKI_ROOT], other->node[PKI_ROOT].alt_key);
  pki_node forged = copy(&nodes[PKI_LEAF]);
  forged.der[forged.n - 1] ^= 1;
  pki_replace(&nodes[PKI_LEAF], pki_der(&forged));
  q_free(forged.der);
  for (q_pki_need need = Q_PKI_NEED_PRIMARY; need <= Q_PKI_NEED_ANY; need++) {
    q_pki_verdict v;
    assert_true(verify(&v, nodes, need) != QTLS_OK);
    assert_err(v.primary, QTLS_ERR_CERT_SIGNATURE);
    assert_err(v.alternative, QTLS_ERR_CERT_ALT_SIGNATURE);
    q_pki_verdict_free(&v);
  }
  drop(nodes);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(only_needed),
      cmocka_unit_test(sound),          cmocka_unit_test(made_with_another_key),
      cmocka_unit_test(absent),         cmocka_unit_test(of_another_certificate),
      cmocka_unit_test(malformed),      cmocka_unit_test(with_one_bit_wrong),
      cmocka_unit_test(truncated),      cmocka_unit_test(one_of_73_and_74),
      cmocka_unit_test(key_malformed),  cmocka_unit_test(repeated),
      cmocka_unit_test(classical_bad),  cmocka_unit_test(critical_is_fine),
      cmocka_unit_test(another_parameter_set), cmocka_unit_test(never_a_mix_of_links),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
