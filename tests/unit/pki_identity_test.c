/* Identities: loading, what belongs together, and what they can sign. */
#include "pki/pem.h"
#include "support/pki_edit.h"
#include "unit/unit.h"

static pki *hybrid;
static pki *classical;

static int set_up(void **state) {
  (void)state;
  hybrid = pki_make("hybrid-p384-mldsa65", NULL);
  classical = pki_make("p256", NULL);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  pki_free(hybrid);
  pki_free(classical);
  return 0;
}

/* PEM texts one after another. */
typedef struct file {
  char text[40000];
  size_t n;
} file;

static void add(file *f, const char *text, size_t n) {
  assert_true(f->n + n < sizeof f->text);
  memcpy(f->text + f->n, text, n);
  f->n += n;
}

static void add_key(file *f, const q_privkey *key) {
  char *pem = NULL;
  size_t n = 0;
  assert_ok(q_pki_kind_pem(&pem, &n, key, NULL));
  add(f, pem, n);
  q_free(pem);
}

static q_span text_of(const file *f) { return q_span_of(f->text, f->n); }
static q_span chain_of(const pki *p) { return q_span_of(p->chain_pem, p->chain_pem_n); }
static q_span keys_of(const pki *p) { return q_span_of(p->key_pem, p->key_pem_n); }

static void expect(q_span chain, q_span keys, qtls_err expected, size_t line) {
  q_identity *id = NULL;
  size_t at = 99;
  assert_err(q_pki_identity_load(&id, &at, chain, keys), expected);
  assert_int_equal(at, line);
  assert_int_equal(id != NULL, expected == QTLS_OK);
  q_pki_identity_free(id);
}

static bool can(const q_identity *id, uint16_t scheme) { return q_pki_identity_can(id, q_scheme_find(scheme)); }

static void hybrid_identity(void **state) {
  (void)state;
  q_identity *id = pki_identity(hybrid);
  assert_int_equal(id->count, 2);
  assert_true(id->key != NULL && id->alt_key != NULL && id->chain_has_alt);
  assert_true(can(id, Q_SCHEME_DILITHIUM3_ECDSA) && can(id, Q_SCHEME_DILITHIUM3) && can(id, Q_SCHEME_ECDSA_P384));
  assert_false(can(id, Q_SCHEME_DILITHIUM5_ECDSA) || can(id, Q_SCHEME_DILITHIUM3_RSA) ||
               can(id, Q_SCHEME_DILITHIUM5) || can(id, Q_SCHEME_ECDSA_P256));
  assert_false(can(id, Q_SCHEME_MLDSA65)); /* Q-TLS §4: never with an alternative key */
  q_pki_identity_free(id);
}

static void hybrid_with_one_key(void **state) {
  (void)state;
  file f = {{0}, 0};
  add_key(&f, hybrid->node[PKI_LEAF].key);
  q_identity *id = NULL;
  size_t line = 0;
  assert_ok(q_pki_identity_load(&id, &line, chain_of(hybrid), text_of(&f)));
  assert_true(can(id, Q_SCHEME_ECDSA_P384));
  assert_false(can(id, Q_SCHEME_DILITHIUM3_ECDSA) || can(id, Q_SCHEME_DILITHIUM3));
  q_pki_identity_free(id);
}

static void outside_signer(void **state) {
  (void)state;
  q_identity *id = NULL;
  size_t line = 0;
  assert_ok(q_pki_identity_load(&id, &line, chain_of(hybrid), q_span_of(NULL, 0)));
  assert_true(id->key == NULL && id->alt_key == NULL);
  assert_true(can(id, Q_SCHEME_DILITHIUM3_ECDSA) && can(id, Q_SCHEME_DILITHIUM3));
  q_pki_identity_free(id);
}

static void other_kinds(void **state) {
  (void)state;
  static const struct {
    const char *kind;
    uint16_t yes[3];
  } rows[] = {{"mldsa65", {Q_SCHEME_MLDSA65, Q_SCHEME_DILITHIUM3, Q_SCHEME_MLDSA65}},
              {"mldsa44", {Q_SCHEME_MLDSA44, Q_SCHEME_DILITHIUM2, Q_SCHEME_MLDSA44}},
              {"hybrid-p384-mldsa87", {Q_SCHEME_DILITHIUM5_ECDSA, Q_SCHEME_DILITHIUM5, Q_SCHEME_ECDSA_P384}},
              {"ed25519", {Q_SCHEME_ED25519, Q_SCHEME_ED25519, Q_SCHEME_ED25519}},
              {"rsa2048", {Q_SCHEME_RSA_PSS_RSAE_SHA256, Q_SCHEME_RSA_PSS_RSAE_SHA384, Q_SCHEME_RSA_PSS_RSAE_SHA512}}};
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    pki *p = pki_make(rows[i].kind, NULL);
    q_identity *id = pki_identity(p);
    size_t count = 0;
    for (size_t j = 0; j < 3; j++) {
      assert_true(can(id, rows[i].yes[j]));
    }
    for (size_t j = 0; q_scheme_at(j) != NULL; j++) {
      count += q_pki_identity_can(id, q_scheme_at(j)) && q_scheme_at(j)->protocols != Q_PROTO_TLS12 ? 1 : 0;
    }
    assert_true(count <= 3);
    q_pki_identity_free(id);
    pki_free(p);
  }
}

static void keys_that_do_not_belong(void **state) {
  (void)state;
  file wrong_order = {{0}, 0}, alt_alone = {{0}, 0}, other_alt = {{0}, 0}, too_many = {{0}, 0}, extra = {{0}, 0};
  pki *other = pki_make("mldsa65", NULL);
  const pki_node *leaf = &hybrid->node[PKI_LEAF];
  add_key(&wrong_order, leaf->alt_key);
  add_key(&wrong_order, leaf->key);
  expect(chain_of(hybrid), text_of(&wrong_order), QTLS_ERR_KEY_MISMATCH, 0);
  add_key(&alt_alone, leaf->alt_key);
  expect(chain_of(hybrid), text_of(&alt_alone), QTLS_ERR_KEY_MISMATCH, 0);
  add_key(&other_alt, leaf->key);
  add_key(&other_alt, other->node[PKI_LEAF].key);
  expect(chain_of(hybrid), text_of(&other_alt), QTLS_ERR_KEY_MISMATCH, 0);
  expect(chain_of(hybrid), keys_of(classical), QTLS_ERR_KEY_MISMATCH, 0);
  expect(chain_of(classical), keys_of(hybrid), QTLS_ERR_KEY_MISMATCH, 0);
  add_key(&extra, classical->node[PKI_LEAF].key);
  size_t lines = 1;
  for (size_t i = 0; i < extra.n; i++) {
    lines += extra.text[i] == '\n' ? 1 : 0;
  }
  add_key(&extra, other->node[PKI_LEAF].key);
  expect(chain_of(classical), text_of(&extra), QTLS_ERR_KEY_MISMATCH, 0);
  for (size_t i = 0; i < 3; i++) {
    add_key(&too_many, classical->node[PKI_LEAF].key);
  }
  expect(chain_of(classical), text_of(&too_many), QTLS_ERR_KEY_FORMAT, 2 * (lines - 1) + 1);
  pki_free(other);
}

static void files_in_one(void **state) {
  (void)state;
  static file both;
  both.n = 0;
  add(&both, "a comment\n", 10);
  add(&both, hybrid->key_pem, hybrid->key_pem_n);
  add(&both, hybrid->chain_pem, hybrid->chain_pem_n);
  expect(text_of(&both), text_of(&both), QTLS_OK, 0);
}

static void bad_files(void **state) {
  (void)state;
  file f = {{0}, 0};
  expect(q_span_of(NULL, 0), keys_of(classical), QTLS_ERR_PEM, 0);
  expect(unit_text("nothing\n"), keys_of(classical), QTLS_ERR_PEM, 0);
  expect(chain_of(classical), unit_text("nothing\n"), QTLS_ERR_PEM, 0);
  expect(chain_of(classical), unit_text("\n-----BEGIN EC PRIVATE KEY-----\nAAEC\n-----END EC PRIVATE KEY-----\n"),
         QTLS_ERR_KEY_FORMAT, 2);
  expect(chain_of(classical), unit_text("-----BEGIN PRIVATE KEY-----\nAAEC\n-----END PRIVATE KEY-----\n"),
         QTLS_ERR_KEY_FORMAT, 1);
  expect(chain_of(classical), unit_text("-----BEGIN PRIVATE KEY-----\nAA?C\n-----END PRIVATE KEY-----\n"),
         QTLS_ERR_PEM, 2);
  expect(unit_text("-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n"), keys_of(classical),
         QTLS_ERR_CERT_PARSE, 1);
  expect(unit_text("-----BEGIN X509 CRL-----\nAAEC\n-----END X509 CRL-----\n"), keys_of(classical), QTLS_ERR_PEM, 1);
  for (size_t i = 0; i < Q_PKI_CHAIN_MAX + 1; i++) {
    add(&f, classical->trust_pem, classical->trust_pem_n);
  }
  q_identity *id = NULL;
  size_t line = 0;
  assert_err(q_pki_identity_load(&id, &line, text_of(&f), keys_of(classical)), QTLS_ERR_CERT_MANY);
}

static void no_signing(void *context, q_issue *what, pki_level level, const pki *so_far) {
  (void)context;
  (void)so_far;
  if (level == PKI_LEAF) {
    what->key_usage = Q_KU_KEY_AGREEMENT;
  }
}

static void leaf_that_may_not_sign(void **state) {
  (void)state;
  pki_options options = {.adjust = no_signing};
  pki *p = pki_make("p256", &options);
  expect(chain_of(p), keys_of(p), QTLS_ERR_CERT_KEY_USAGE, 0);
  pki_free(p);
}

static void anchors(void **state) {
  (void)state;
  q_trust *trust = NULL;
  size_t line = 0;
  assert_ok(q_pki_trust_new(&trust));
  assert_ok(q_pki_trust_add(trust, &line, q_span_of(hybrid->trust_pem, hybrid->trust_pem_n)));
  assert_ok(q_pki_trust_add(trust, &line, pki_der(&hybrid->node[PKI_ROOT]))); /* the same, counted once */
  assert_int_equal(q_pki_trust_count(trust), 1);
  assert_ok(q_pki_trust_add(trust, &line, chain_of(classical)));
  assert_int_equal(q_pki_trust_count(trust), 3);
  /* On error nothing was added, not even what stood before the mistake. */
  static file f;
  f.n = 0;
  add(&f, classical->trust_pem, classical->trust_pem_n);
  add(&f, "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n", 60);
  assert_err(q_pki_trust_add(trust, &line, text_of(&f)), QTLS_ERR_CERT_PARSE);
  assert_true(line > 5);
  assert_int_equal(q_pki_trust_count(trust), 3);
  assert_err(q_pki_trust_add(trust, &line, q_span_of(NULL, 0)), QTLS_ERR_PEM);
  assert_err(q_pki_trust_add(trust, &line, keys_of(classical)), QTLS_ERR_PEM);
  q_pki_trust_free(trust);
}

/* Hybrid RSA: the third hybrid scheme. */
static void hybrid_rsa(void **state) {
  (void)state;
  pki *p = pki_make("hybrid-rsa3072-mldsa65", NULL);
  q_identity *id = pki_identity(p);
  assert_true(can(id, Q_SCHEME_DILITHIUM3_RSA) && can(id, Q_SCHEME_DILITHIUM3) &&
              can(id, Q_SCHEME_RSA_PSS_RSAE_SHA384));
  assert_false(can(id, Q_SCHEME_DILITHIUM3_ECDSA) || can(id, Q_SCHEME_RSA_PSS_PSS_SHA384));
  q_pki_identity_free(id);
  pki_free(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(hybrid_identity),         cmocka_unit_test(hybrid_with_one_key),
      cmocka_unit_test(outside_signer),          cmocka_unit_test(other_kinds),
      cmocka_unit_test(keys_that_do_not_belong), cmocka_unit_test(files_in_one),
      cmocka_unit_test(bad_files),               cmocka_unit_test(leaf_that_may_not_sign),
      cmocka_unit_test(anchors),                 cmocka_unit_test(hybrid_rsa),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
