/* Each row of the list of checks, with a chain that fails that row alone. */
#include "pki/constraints.h"
#include "support/pki_edit.h"
#include "unit/unit.h"

/* How one certificate departs from a sound one. */
typedef struct change {
  pki_level level;
  void (*apply)(q_issue *what, const pki *so_far);
} change;

static void adjust(void *context, q_issue *what, pki_level level, const pki *so_far) {
  const change *c = context;
  if (c->level == level && c->apply != NULL) {
    c->apply(what, so_far);
  }
}

static q_pki_verdict judge(const pki *p, const q_pki_request *with) {
  q_trust *trust = pki_trust(p);
  q_span chain[2] = {pki_der(&p->node[PKI_LEAF]), pki_der(&p->node[PKI_INTERMEDIATE])};
  q_pki_request req = *with;
  req.trust = trust;
  req.chain = chain;
  req.chain_count = 2;
  q_pki_verdict v;
  qtls_err err = q_pki_verify(&v, &req);
  assert_err(err, v.primary);
  q_pki_trust_free(trust);
  return v;
}

static const q_pki_request usual = {
    .now = PKI_NOW, .name = "localhost", .purpose = Q_PKI_SERVER, .need = Q_PKI_NEED_PRIMARY};

static void expect_with(const q_pki_request *req, pki_level level, void (*apply)(q_issue *, const pki *),
                        qtls_err expected) {
  change c = {level, apply};
  pki_options options = {.adjust = adjust, .context = &c};
  pki *p = pki_make("p256", &options);
  q_pki_verdict v = judge(p, req);
  assert_err(v.primary, expected);
  assert_true(v.key != NULL);
  if (expected != QTLS_OK && expected != QTLS_ERR_CERT_PATH_LENGTH && expected != QTLS_ERR_CERT_NAME_CONSTRAINT) {
    assert_int_equal(v.at, PKI_LEAF - level);
  }
  q_pki_verdict_free(&v);
  pki_free(p);
}

static void expect(pki_level level, void (*apply)(q_issue *, const pki *), qtls_err expected) {
  expect_with(&usual, level, apply, expected);
}

static void make_expired(q_issue *w, const pki *p) {
  (void)p;
  w->not_after = PKI_NOW - 1;
}
static void make_last_second(q_issue *w, const pki *p) {
  (void)p;
  w->not_after = PKI_NOW;
  w->not_before = PKI_NOW;
}
static void make_future(q_issue *w, const pki *p) {
  (void)p;
  w->not_before = PKI_NOW + 1;
}

static void validity(void **state) {
  (void)state;
  for (pki_level level = PKI_ROOT; level <= PKI_LEAF; level++) {
    expect(level, make_expired, QTLS_ERR_CERT_EXPIRED);
    expect(level, make_future, QTLS_ERR_CERT_NOT_YET_VALID);
    expect(level, make_last_second, QTLS_OK);
  }
}

static void no_sign_usage(q_issue *w, const pki *p) {
  (void)p;
  w->key_usage = Q_KU_CRL_SIGN | Q_KU_KEY_AGREEMENT;
}
static void no_usage_at_all(q_issue *w, const pki *p) {
  (void)p;
  w->key_usage = 0;
}
static void a_ca(q_issue *w, const pki *p) {
  (void)p;
  w->is_ca = true;
}
static void no_ca(q_issue *w, const pki *p) {
  (void)p;
  w->is_ca = false;
}

static void usage(void **state) {
  (void)state;
  for (pki_level level = PKI_ROOT; level <= PKI_LEAF; level++) {
    expect(level, no_sign_usage, QTLS_ERR_CERT_KEY_USAGE);
    expect(level, no_usage_at_all, QTLS_OK);
  }
  expect(PKI_LEAF, a_ca, QTLS_ERR_CERT_KEY_USAGE);
  expect(PKI_INTERMEDIATE, no_ca, QTLS_ERR_CERT_NOT_CA);
  expect(PKI_ROOT, no_ca, QTLS_ERR_CERT_NOT_CA);
}

static void client_only(q_issue *w, const pki *p) {
  (void)p;
  w->eku = Q_EKU_CLIENT;
}
static void server_only(q_issue *w, const pki *p) {
  (void)p;
  w->eku = Q_EKU_SERVER;
}
static void any_usage(q_issue *w, const pki *p) {
  (void)p;
  w->eku = Q_EKU_ANY;
}
static void ocsp_only(q_issue *w, const pki *p) {
  (void)p;
  w->eku = Q_EKU_OCSP;
}
static void no_eku(q_issue *w, const pki *p) {
  (void)p;
  w->eku = 0;
}

static void extended_usage(void **state) {
  (void)state;
  q_pki_request client = usual;
  client.purpose = Q_PKI_CLIENT;
  client.name = NULL;
  q_pki_request ocsp = client;
  ocsp.purpose = Q_PKI_OCSP;
  expect(PKI_LEAF, client_only, QTLS_ERR_CERT_EXT_KEY_USAGE);
  expect(PKI_LEAF, ocsp_only, QTLS_ERR_CERT_EXT_KEY_USAGE);
  expect(PKI_INTERMEDIATE, client_only, QTLS_ERR_CERT_EXT_KEY_USAGE);
  expect_with(&client, PKI_LEAF, server_only, QTLS_ERR_CERT_EXT_KEY_USAGE);
  expect_with(&client, PKI_LEAF, client_only, QTLS_OK);
  expect_with(&ocsp, PKI_LEAF, server_only, QTLS_ERR_CERT_EXT_KEY_USAGE);
  expect_with(&ocsp, PKI_LEAF, any_usage, QTLS_ERR_CERT_EXT_KEY_USAGE);
  expect_with(&ocsp, PKI_LEAF, no_eku, QTLS_ERR_CERT_EXT_KEY_USAGE);
  expect_with(&ocsp, PKI_LEAF, ocsp_only, QTLS_OK);
  expect(PKI_LEAF, any_usage, QTLS_OK);
  expect(PKI_LEAF, no_eku, QTLS_OK);
  expect(PKI_INTERMEDIATE, server_only, QTLS_OK);
}

static void path_zero(q_issue *w, const pki *p) {
  (void)p;
  w->path_length = 0;
}
static void path_one(q_issue *w, const pki *p) {
  (void)p;
  w->path_length = 1;
}

static void path_length(void **state) {
  (void)state;
  expect(PKI_ROOT, path_zero, QTLS_ERR_CERT_PATH_LENGTH); /* there is an intermediate */
  expect(PKI_ROOT, path_one, QTLS_OK);
}

static void constrained_to(q_issue *w, const char *hex) {
  static uint8_t extension[128];
  w->extra = q_span_of(extension, unit_hex(extension, sizeof extension, hex));
}
/* nameConstraints, critical: permitted DNS other.test. */
static void constrain_dns_away(q_issue *w, const pki *p) {
  (void)p;
  constrained_to(w, "301c0603551d1e0101ff04123010a00e300c820a6f746865722e74657374");
}
/* permitted DNS localhost and example.test; IP 127.0.0.0/8 and all of IPv6. */
static void constrain_right(q_issue *w, const pki *p) {
  (void)p;
  constrained_to(w,
                 "305b0603551d1e0101ff0451304fa04d300b82096c6f63616c686f7374"
                 "300e820c6578616d706c652e74657374"
                 "300a87087f000000ff000000"
                 "30228720"
                 "0000000000000000000000000000000000000000000000000000000000000000");
}
/* excluded IP 127.0.0.0/8. */
static void constrain_ip_away(q_issue *w, const pki *p) {
  (void)p;
  constrained_to(w, "301a0603551d1e0101ff0410300ea10c300a87087f000000ff000000");
}

/* A subject of nothing but emailAddress=a@example.com against one constraint. */
static void expect_of_email(const char *constraint, qtls_err expected) {
  uint8_t subject[64];
  uint8_t value[64];
  size_t work = 100;
  const q_cert cert = {
      .subject = q_span_of(subject, unit_hex(subject, sizeof subject,
                                             "301e311c301a06092a864886f70d010901"
                                             "160d61406578616d706c652e636f6d"))};
  assert_err(q_pki_constraints_check(&work, q_span_of(value, unit_hex(value, sizeof value, constraint)), &cert),
             expected);
}

static void name_constraints(void **state) {
  (void)state;
  /* Permitted, then excluded, rfc822Name example.test. A DNS name has nothing to
   * do with it. */
  expect_of_email("3012a010300e810c6578616d706c652e74657374", QTLS_ERR_CERT_NAME_CONSTRAINT);
  expect_of_email("3012a110300e810c6578616d706c652e74657374", QTLS_OK);
  expect_of_email("3012a010300e820c6578616d706c652e74657374", QTLS_OK);
  expect(PKI_INTERMEDIATE, constrain_dns_away, QTLS_ERR_CERT_NAME_CONSTRAINT);
  expect(PKI_ROOT, constrain_dns_away, QTLS_ERR_CERT_NAME_CONSTRAINT);
  expect(PKI_INTERMEDIATE, constrain_ip_away, QTLS_ERR_CERT_NAME_CONSTRAINT);
  expect(PKI_INTERMEDIATE, constrain_right, QTLS_OK);
}

/* An extension 1.2.3.4. */
static void unknown_critical(q_issue *w, const pki *p) {
  (void)p;
  static uint8_t extension[32];
  w->extra = q_span_of(extension, unit_hex(extension, sizeof extension, "300c06032a03040101ff04020500"));
}
static void unknown_harmless(q_issue *w, const pki *p) {
  (void)p;
  static uint8_t extension[32];
  w->extra = q_span_of(extension, unit_hex(extension, sizeof extension, "300906032a030404020500"));
}
/* certificatePolicies anyPolicy, critical. */
static void critical_policies(q_issue *w, const pki *p) {
  (void)p;
  static uint8_t extension[32];
  w->extra = q_span_of(extension,
                       unit_hex(extension, sizeof extension, "30140603551d200101ff040a300830060604551d2000"));
}

static void critical(void **state) {
  (void)state;
  for (pki_level level = PKI_ROOT; level <= PKI_LEAF; level++) {
    expect(level, unknown_critical, QTLS_ERR_CERT_CRITICAL);
    expect(level, unknown_harmless, QTLS_OK);
    expect(level, critical_policies, QTLS_OK);
  }
}

static void names(void **state) {
  (void)state;
  static const struct {
    const char *name;
    qtls_err expected;
  } rows[] = {{"localhost", QTLS_OK},         {"LOCALHOST.", QTLS_OK},
              {"www.example.test", QTLS_OK},  {"127.0.0.1", QTLS_OK},
              {"::1", QTLS_OK},               {NULL, QTLS_OK},
              {"example.test", QTLS_ERR_CERT_NAME}, {"a.b.example.test", QTLS_ERR_CERT_NAME},
              {"Test Leaf", QTLS_ERR_CERT_NAME},    {"127.0.0.2", QTLS_ERR_CERT_NAME}};
  pki *p = pki_make("p256", NULL);
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    q_pki_request req = usual;
    req.name = rows[i].name;
    q_pki_verdict v = judge(p, &req);
    assert_err(v.primary, rows[i].expected);
    q_pki_verdict_free(&v);
  }
  pki_free(p);
}

/* SHA-1 with ECDSA and with RSA, MD5, and an algorithm nobody knows: named in
 * the intermediate's two fields alike. */
static void weak_and_unknown_algorithms(void **state) {
  (void)state;
  static const struct {
    const char *hex;
    qtls_err expected;
  } rows[] = {{"300906072a8648ce3d0401", QTLS_ERR_CERT_WEAK},
              {"300d06092a864886f70d0101050500", QTLS_ERR_CERT_WEAK},
              {"300d06092a864886f70d0101040500", QTLS_ERR_CERT_WEAK},
              {"300406022a03", QTLS_ERR_CERT_ALGORITHM},
              {"300506032b6570", QTLS_ERR_CERT_SIGNATURE}}; /* Ed25519, by a P-256 key */
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    pki *p = pki_make("p256", NULL);
    pki_node *leaf = &p->node[PKI_LEAF];
    uint8_t algorithm[32];
    uint8_t out[4096];
    size_t n = unit_hex(algorithm, sizeof algorithm, rows[i].hex);
    /* Both places have ecdsa-with-SHA256, 12 bytes: rebuilt by hand. */
    uint8_t signature[128];
    size_t signature_n = leaf->cert.signature.n;
    memcpy(signature, leaf->cert.signature.p, signature_n);
    pki_edit_field(leaf, &p->node[PKI_INTERMEDIATE], 2, q_span_of(algorithm, n));
    q_span tbs = {leaf->der + 4, 0};
    tbs.n = 4U + ((size_t)tbs.p[2] << 8 | tbs.p[3]);
    size_t rest = 3 + signature_n;
    size_t total = tbs.n + n + rest;
    memcpy(out, (uint8_t[]){0x30, 0x82, (uint8_t)(total >> 8), (uint8_t)total}, 4);
    memcpy(out + 4, tbs.p, tbs.n);
    memcpy(out + 4 + tbs.n, algorithm, n);
    memcpy(out + 4 + tbs.n + n, (uint8_t[]){0x03, (uint8_t)(signature_n + 1), 0}, 3);
    memcpy(out + 7 + tbs.n + n, signature, signature_n);
    pki_replace(leaf, q_span_of(out, total + 4));
    q_pki_verdict v = judge(p, &usual);
    assert_err(v.primary, rows[i].expected);
    q_pki_verdict_free(&v);
    pki_free(p);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(validity),         cmocka_unit_test(usage),
      cmocka_unit_test(extended_usage),   cmocka_unit_test(path_length),
      cmocka_unit_test(name_constraints), cmocka_unit_test(critical),
      cmocka_unit_test(names),            cmocka_unit_test(weak_and_unknown_algorithms),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
