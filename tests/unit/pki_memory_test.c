/* Memory that runs out: at whatever allocation, an error and never a good verdict. */
#include <stdlib.h>

#include "support/pki_fixture.h"
#include "unit/unit.h"

static size_t left; /* allocations until one fails; 0: none does */
static size_t held;

static void *counted_get(size_t size) {
  if (left > 0 && --left == 0) {
    return NULL;
  }
  held++;
  return malloc(size);
}

static void counted_put(void *block) {
  held--;
  free(block);
}

static pki *good;

static int set_up(void **state) {
  (void)state;
  q_mem_set_source((q_mem_source){counted_get, counted_put});
  good = pki_make("hybrid-p384-mldsa65", NULL);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  pki_free(good);
  q_mem_set_source((q_mem_source){NULL, NULL});
  return 0;
}

/* Runs `what` with the first, second, ... allocation failing until it gets by. */
static void exhaust(qtls_err (*what)(void)) {
  for (size_t nth = 1;; nth++) {
    size_t before = held;
    left = nth;
    qtls_err err = what();
    bool failed = left == 0;
    left = 0;
    assert_int_equal(held, before);
    if (!failed) {
      assert_ok(err);
      assert_true(nth > 1);
      return;
    }
    assert_true(err != QTLS_OK);
  }
}

static qtls_err load_identity(void) {
  q_identity *id = NULL;
  size_t line = 0;
  qtls_err err = q_pki_identity_load(&id, &line, q_span_of(good->chain_pem, good->chain_pem_n),
                                     q_span_of(good->key_pem, good->key_pem_n));
  q_pki_identity_free(id);
  return err;
}

static q_trust *trust;

static qtls_err verify(void) {
  q_span chain[2] = {pki_der(&good->node[PKI_LEAF]), pki_der(&good->node[PKI_INTERMEDIATE])};
  q_pki_request req = {.trust = trust,
                       .chain = chain,
                       .chain_count = 2,
                       .now = PKI_NOW,
                       .purpose = Q_PKI_SERVER,
                       .need = Q_PKI_NEED_BOTH};
  q_pki_verdict v;
  qtls_err err = q_pki_verify(&v, &req);
  assert_true(err == QTLS_OK || v.primary != QTLS_OK || v.alternative != QTLS_OK);
  q_pki_verdict_free(&v);
  return err;
}

static qtls_err build_trust(void) {
  q_trust *t = NULL;
  size_t line = 0;
  Q_TRY(q_pki_trust_new(&t));
  qtls_err err = q_pki_trust_add(t, &line, q_span_of(good->trust_pem, good->trust_pem_n));
  assert_true((err == QTLS_OK) == (q_pki_trust_count(t) == 1));
  q_pki_trust_free(t);
  return err;
}

static qtls_err issue(void) {
  const pki_node *root = &good->node[PKI_ROOT];
  uint8_t *name = NULL;
  uint8_t *der = NULL;
  size_t n = 0;
  Q_TRY(q_pki_issue_name(&name, &n, "Org", "CN"));
  q_issue w = {.subject = {name, n},
               .issuer = root->cert.subject,
               .spki = root->cert.spki,
               .alt_spki = root->cert.alt_spki,
               .not_after = PKI_NOW,
               .key = root->key,
               .alt_key = root->alt_key};
  qtls_err err = q_pki_issue(&der, &n, &w);
  q_free(name);
  q_free(der);
  return err;
}

static void identity_loading(void **state) {
  (void)state;
  exhaust(load_identity);
}

static void verification(void **state) {
  (void)state;
  trust = pki_trust(good);
  exhaust(verify);
  q_pki_trust_free(trust);
}

static void trust_store(void **state) {
  (void)state;
  exhaust(build_trust);
}

static void issuing(void **state) {
  (void)state;
  exhaust(issue);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(identity_loading), cmocka_unit_test(verification),
                                     cmocka_unit_test(trust_store), cmocka_unit_test(issuing)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
