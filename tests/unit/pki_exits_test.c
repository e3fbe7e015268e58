/*
 * The early exits of verifying two signatures, as one table: what is wrong with
 * the alternative signature, at which certificate, and what is needed. The
 * classical path is good in every case, so that nothing else can refuse.
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

typedef enum fault {
  BAD,             /* a bit of it is wrong */
  ABSENT,          /* neither 73 nor 74 */
  OF_ANOTHER_KEY,  /* right, by a key that is not the issuer's */
  OF_ANOTHER_CERT, /* right, over another certificate */
  TRUNCATED,       /* a byte short */
  OTHER_OID,       /* 73 names ML-DSA-87 */
  FAULTS
} fault;

static const char *const fault_names[FAULTS] = {
    "bad", "absent", "of another key", "of another certificate", "truncated", "with another OID"};

static pki_node copy_of(const pki_node *node) {
  pki_node fresh = {.key = node->key, .alt_key = node->alt_key};
  pki_replace(&fresh, pki_der(node));
  return fresh;
}

static void edit(pki_node *node, const pki_node *issuer, pki_edit_kind kind, q_oid oid, q_span value) {
  pki_edit e = {kind, oid, value, false, {NULL, 0}};
  pki_edit_extension(node, issuer, e);
}

/* 74's value: this signature, `n` bytes of it. */
static void replace_signature(pki_node *node, const pki_node *issuer, const uint8_t *signature, size_t n) {
  uint8_t value[Q_SIGNATURE_MAX + 8] = {0x03, 0x82, (uint8_t)((n + 1) >> 8), (uint8_t)((n + 1) & 0xFF), 0x00};
  memcpy(value + 5, signature, n);
  edit(node, issuer, PKI_EDIT_REPLACE, Q_OID_ALT_SIGNATURE, q_span_of(value, n + 5));
}

static void spoil(pki_node *node, const pki_node *issuer, pki_level level, fault f) {
  uint8_t signature[Q_SIGNATURE_MAX];
  uint8_t oid[16];
  size_t n = node->cert.alt_signature.n;
  memcpy(signature, node->cert.alt_signature.p, n);
  switch (f) {
    case BAD:
      signature[100] ^= 1;
      replace_signature(node, issuer, signature, n);
      break;
    case ABSENT:
      edit(node, issuer, PKI_EDIT_REMOVE, Q_OID_ALT_SIG_ALG, q_span_of(NULL, 0));
      edit(node, issuer, PKI_EDIT_REMOVE, Q_OID_ALT_SIGNATURE, q_span_of(NULL, 0));
      break;
    case OF_ANOTHER_KEY:
      pki_resign_alt(node, issuer, other->node[level].alt_key);
      break;
    case OF_ANOTHER_CERT:
      replace_signature(node, issuer, other->node[level].cert.alt_signature.p, n);
      break;
    case TRUNCATED:
      replace_signature(node, issuer, signature, n - 1);
      break;
    case OTHER_OID:
      edit(node, issuer, PKI_EDIT_REPLACE, Q_OID_ALT_SIG_ALG,
           q_span_of(oid, unit_hex(oid, sizeof oid, "300b0609608648016503040313")));
      break;
    case FAULTS:
      fail();
      break;
  }
}

static const q_pki_need needs[] = {Q_PKI_NEED_PRIMARY, Q_PKI_NEED_ALTERNATIVE, Q_PKI_NEED_BOTH, Q_PKI_NEED_ANY};

/* `stored`: the error with which the root goes into the store. */
static qtls_err verify(q_pki_verdict *v, qtls_err *stored, const pki_node nodes[3], q_pki_need need, bool only_needed) {
  q_trust *trust = NULL;
  size_t line = 0;
  assert_ok(q_pki_trust_new(&trust));
  *stored = q_pki_trust_add(trust, &line, pki_der(&nodes[PKI_ROOT]));
  q_span chain[2] = {pki_der(&nodes[PKI_LEAF]), pki_der(&nodes[PKI_INTERMEDIATE])};
  q_pki_request req = {.trust = trust,
                       .chain = chain,
                       .chain_count = 2,
                       .now = PKI_NOW,
                       .name = "localhost",
                       .purpose = Q_PKI_SERVER,
                       .need = need,
                       .only_needed = only_needed};
  qtls_err err = q_pki_verify(v, &req);
  q_pki_trust_free(trust);
  return err;
}

/* What must come of a fault at a level: the error of the alternative path. Those
 * that make a certificate unreadable refuse everything; an anchor needs its keys
 * and no signature. */
typedef struct outcome {
  qtls_err alternative;
  bool unreadable;
} outcome;

static const outcome outcomes[FAULTS][3] = {
    /* by level: root, intermediate, leaf */
    [BAD] = {{QTLS_ERR_CERT_ALT_SIGNATURE, false},
             {QTLS_ERR_CERT_ALT_SIGNATURE, false},
             {QTLS_ERR_CERT_ALT_SIGNATURE, false}},
    [ABSENT] = {{QTLS_OK, false}, {QTLS_ERR_CERT_ALT_MISSING, false}, {QTLS_ERR_CERT_ALT_MISSING, false}},
    [OF_ANOTHER_KEY] = {{QTLS_ERR_CERT_ALT_SIGNATURE, false},
                        {QTLS_ERR_CERT_ALT_SIGNATURE, false},
                        {QTLS_ERR_CERT_ALT_SIGNATURE, false}},
    [OF_ANOTHER_CERT] = {{QTLS_ERR_CERT_ALT_SIGNATURE, false},
                         {QTLS_ERR_CERT_ALT_SIGNATURE, false},
                         {QTLS_ERR_CERT_ALT_SIGNATURE, false}},
    [TRUNCATED] = {{QTLS_ERR_CERT_ALT_MALFORMED, true},
                   {QTLS_ERR_CERT_ALT_MALFORMED, true},
                   {QTLS_ERR_CERT_ALT_MALFORMED, true}},
    [OTHER_OID] = {{QTLS_ERR_CERT_ALT_MALFORMED, true},
                   {QTLS_ERR_CERT_ALT_MALFORMED, true},
                   {QTLS_ERR_CERT_ALT_MALFORMED, true}},
};

static void check(const pki_node nodes[3], pki_level level, outcome o, q_pki_need need, bool only_needed) {
  q_pki_verdict v;
  qtls_err stored = QTLS_OK;
  qtls_err err = verify(&v, &stored, nodes, need, only_needed);
  bool root_unreadable = o.unreadable && level == PKI_ROOT;
  bool asked = need == Q_PKI_NEED_ALTERNATIVE || need == Q_PKI_NEED_BOTH;
  assert_err(stored, root_unreadable ? o.alternative : QTLS_OK);
  if (o.unreadable) {
    /* Without that root no path leads anywhere. */
    assert_err(err, root_unreadable ? QTLS_ERR_CERT_UNKNOWN_CA : o.alternative);
    assert_true(v.primary != QTLS_OK && v.alternative != QTLS_OK);
  } else {
    assert_err(err, asked ? o.alternative : QTLS_OK);
    if (!only_needed || need != Q_PKI_NEED_ALTERNATIVE) {
      assert_ok(v.primary);
    }
    if (!only_needed || need != Q_PKI_NEED_PRIMARY) {
      assert_err(v.alternative, o.alternative);
    } else {
      assert_true(v.alternative != QTLS_OK); /* what was not looked at is not good */
    }
    if (asked && o.alternative != QTLS_OK) {
      assert_int_equal(v.at, PKI_LEAF - level);
    }
  }
  assert_false(v.primary_pqc);
  q_pki_verdict_free(&v);
}

/* 6 faults at 3 levels, each with 4 needs, computing all or only what is needed. */
static void alternative_faults(void **state) {
  (void)state;
  for (fault f = BAD; f < FAULTS; f++) {
    for (pki_level level = PKI_ROOT; level <= PKI_LEAF; level++) {
      pki_node nodes[3];
      for (size_t i = 0; i < 3; i++) {
        nodes[i] = copy_of(&good->node[i]);
      }
      const pki_node *issuer = &nodes[level == PKI_ROOT ? PKI_ROOT : level - 1];
      spoil(&nodes[level], issuer, level, f);
      for (size_t i = 0; i < Q_COUNT(needs); i++) {
        print_message("%s, level %d, need %d\n", fault_names[f], (int)level, (int)needs[i]);
        check(nodes, level, outcomes[f][level], needs[i], false);
        check(nodes, level, outcomes[f][level], needs[i], true);
      }
      for (size_t i = 0; i < 3; i++) {
        q_free(nodes[i].der);
      }
    }
  }
}

/* Several faults at once: the alternative path ends at the one nearest the leaf,
 * and one good link never makes up for another. */
static void faults_together(void **state) {
  (void)state;
  for (unsigned mask = 1; mask < 8; mask++) {
    pki_node nodes[3];
    size_t at = 3;
    for (size_t i = 0; i < 3; i++) {
      nodes[i] = copy_of(&good->node[i]);
    }
    for (pki_level level = PKI_ROOT; level <= PKI_LEAF; level++) {
      if ((mask >> level & 1) != 0) {
        spoil(&nodes[level], &nodes[level == PKI_ROOT ? PKI_ROOT : level - 1], level, BAD);
        at = (size_t)(PKI_LEAF - level);
      }
    }
    q_pki_verdict v;
    qtls_err stored = QTLS_OK;
    assert_err(verify(&v, &stored, nodes, Q_PKI_NEED_BOTH, false), QTLS_ERR_CERT_ALT_SIGNATURE);
    assert_ok(v.primary);
    assert_int_equal(v.at, at);
    q_pki_verdict_free(&v);
    for (size_t i = 0; i < 3; i++) {
      q_free(nodes[i].der);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(alternative_faults), cmocka_unit_test(faults_together)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
