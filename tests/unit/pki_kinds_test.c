/* Every kind of hierarchy: made, loaded, and verified from leaf to root. */
#include "support/pki_fixture.h"

#include "unit/unit.h"

static void check_kind(const q_kind *kind) {
  pki *p = pki_make(kind->name, NULL);
  q_identity *id = pki_identity(p);
  q_trust *trust = pki_trust(p);
  q_span chain[2] = {pki_der(&p->node[PKI_LEAF]), pki_der(&p->node[PKI_INTERMEDIATE])};
  bool hybrid = kind->alt != Q_KEY_NONE;
  q_pki_request req = {.trust = trust,
                       .chain = chain,
                       .chain_count = 2,
                       .now = PKI_NOW,
                       .name = "localhost",
                       .purpose = Q_PKI_SERVER,
                       .need = hybrid ? Q_PKI_NEED_BOTH : Q_PKI_NEED_PRIMARY};
  q_pki_verdict v;
  assert_int_equal(q_pki_verify(&v, &req), QTLS_OK);
  assert_int_equal(v.primary, QTLS_OK);
  assert_int_equal(v.alternative, hybrid ? QTLS_OK : QTLS_ERR_CERT_ALT_MISSING);
  assert_int_equal(v.alternative_present, hybrid);
  assert_int_equal(v.primary_pqc, q_key_is_mldsa(kind->key));
  assert_int_equal(v.path_length, 3);
  assert_int_equal(q_crypto_pubkey_type(v.key), kind->key);
  assert_int_equal(v.alt_key != NULL, hybrid);
  q_pki_verdict_free(&v);
  assert_int_equal(id->key_type, kind->key);
  assert_int_equal(id->alt_type, kind->alt);
  assert_int_equal(id->chain_has_alt, hybrid);
  q_pki_identity_free(id);
  q_pki_trust_free(trust);
  pki_free(p);
}

static void every_kind(void **state) {
  (void)state;
  for (size_t i = 0; q_pki_kind_at(i) != NULL; i++) {
    check_kind(q_pki_kind_at(i));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(every_kind)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
