/* OCSP: what is remembered of responses whose signatures were found good. */
#include "support/status_fixture.h"
#include "unit/unit.h"

static pki *good;
static pki *other; /* the same names, other keys */
static pki *spare; /* keys for responders */

static int set_up(void **state) {
  (void)state;
  good = pki_make("hybrid-p384-mldsa65", NULL);
  other = pki_make("hybrid-p384-mldsa65", NULL);
  spare = pki_make("hybrid-p384-mldsa87", NULL);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  pki_free(good);
  pki_free(other);
  pki_free(spare);
  return 0;
}

/* A response whose signatures were found good once is not verified again: as long as
 * its signer's certificate is valid, under no stricter terms, of the same issuer. */
static void remembered(void **state) {
  (void)state;
  q_link_cache *memory = NULL;
  q_link_cache_counts counts;
  assert_ok(q_pki_link_cache_new(&memory, 8));
  q_ocsp_terms strict = {.pqc_needed = true, .now = PKI_NOW, .memory = memory};
  q_ocsp_terms lax = {.pqc_needed = false, .now = PKI_NOW, .memory = memory};
  status_answer a = status_answer_of(good);
  status_signer by = {.node = &good->node[PKI_INTERMEDIATE]};
  status_bytes whole = status_response(&by, &a, NULL);
  by.no_alternative = true;
  status_bytes half = status_response(&by, &a, NULL);
  for (size_t i = 0; i < 2; i++) {
    qtls_status_result r = status_judge(status_span(whole), good, i == 0 ? &strict : &lax);
    assert_err(r.verdict, QTLS_OK);
    assert_true(r.pqc);
    q_pki_link_cache_count(memory, &counts);
    assert_int_equal(counts.hits, i);
    assert_int_equal(counts.held, 1);
  }
  /* Good without ML-DSA is not good with it. */
  assert_err(status_judge(status_span(half), good, &lax).verdict, QTLS_OK);
  assert_err(status_judge(status_span(half), good, &strict).verdict, QTLS_ERR_STATUS_ALT);
  qtls_status_result again = status_judge(status_span(half), good, &lax);
  assert_err(again.verdict, QTLS_OK);
  assert_false(again.pqc);
  q_pki_link_cache_count(memory, &counts);
  assert_int_equal(counts.hits, 2);
  /* What is remembered are signatures, not answers: freshness is of this moment. */
  lax.now = PKI_NOW + PKI_DAY + 1;
  assert_err(status_judge(status_span(whole), good, &lax).verdict, QTLS_ERR_OCSP_STALE);
  lax.now = PKI_NOW;
  assert_err(status_judge(status_span(whole), other, &lax).verdict, QTLS_ERR_OCSP_RESPONDER);
  whole.der[whole.n - 1] ^= 1;
  assert_err(status_judge(status_span(whole), good, &lax).verdict, QTLS_ERR_OCSP_SIGNATURE);
  assert_err(status_judge(status_span(whole), good, &lax).verdict, QTLS_ERR_OCSP_SIGNATURE);
  q_free(whole.der);
  q_free(half.der);
  q_pki_link_cache_free(memory);
}

/* A responder's certificate that has ended speaks for nothing, remembered or not. */
static void remembered_too_long(void **state) {
  (void)state;
  q_link_cache *memory = NULL;
  assert_ok(q_pki_link_cache_new(&memory, 8));
  pki_node responder =
      status_responder(&good->node[PKI_INTERMEDIATE], spare->node[PKI_LEAF].key, spare->node[PKI_LEAF].alt_key, NULL);
  status_signer by = {.node = &responder, .key = spare->node[PKI_LEAF].key, .alt_key = spare->node[PKI_LEAF].alt_key};
  status_answer a = status_answer_of(good);
  a.next_update = PKI_NOW + 10000 * PKI_DAY;
  status_ocsp_parts parts = {.certs = pki_der(&responder)};
  status_bytes r = status_response(&by, &a, &parts);
  q_ocsp_terms terms = {.pqc_needed = true, .now = PKI_NOW, .memory = memory};
  assert_err(status_judge(status_span(r), good, &terms).verdict, QTLS_OK);
  terms.now = responder.cert.not_after;
  assert_err(status_judge(status_span(r), good, &terms).verdict, QTLS_OK);
  terms.now = responder.cert.not_after + 1;
  assert_err(status_judge(status_span(r), good, &terms).verdict, QTLS_ERR_OCSP_RESPONDER);
  q_free(r.der);
  q_free(responder.der);
  q_pki_link_cache_free(memory);
}

static void short_lived(q_issue *w, const pki_node *issuer) {
  (void)issuer;
  w->not_after = PKI_NOW + 3600;
}

/* Until when an answer holds: no longer than its responder's certificate, whether it
 * names a nextUpdate itself or not, and the same when its signatures are remembered. */
static void holds_until(void **state) {
  (void)state;
  const pki_node *issuer = &good->node[PKI_INTERMEDIATE];
  const pki_node *keys = &spare->node[PKI_LEAF];
  const struct {
    bool soon;           /* the responder's certificate ends in an hour */
    int64_t next_update; /* of the answer */
    int64_t told;
  } rows[] = {{false, PKI_NOW + PKI_DAY, PKI_NOW + PKI_DAY},
              {true, PKI_NOW + PKI_DAY, PKI_NOW + 3600},
              {true, PKI_NOW + 3599, PKI_NOW + 3599},
              {true, 0, PKI_NOW + 3600},
              {false, 0, 0}};
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    for (int pqc = 0; pqc < 2; pqc++) {
      q_link_cache *memory = NULL;
      q_link_cache_counts counts;
      assert_ok(q_pki_link_cache_new(&memory, 8));
      pki_node responder = status_responder(issuer, keys->key, keys->alt_key, rows[i].soon ? short_lived : NULL);
      const status_signer by = {.node = &responder, .no_alternative = pqc == 0};
      const status_ocsp_parts parts = {.certs = pki_der(&responder)};
      status_answer a = status_answer_of(good);
      a.next_update = rows[i].next_update;
      status_bytes r = status_response(&by, &a, &parts);
      const q_ocsp_terms terms = {.pqc_needed = pqc != 0, .now = PKI_NOW, .memory = memory};
      for (size_t round = 0; round < 3; round++) {
        const qtls_status_result found = status_judge(status_span(r), good, &terms);
        assert_err(found.verdict, QTLS_OK);
        assert_int_equal(found.pqc, pqc);
        assert_true(found.next_update == rows[i].told);
        q_pki_link_cache_count(memory, &counts);
        assert_int_equal(counts.hits, round);
      }
      q_free(r.der);
      q_free(responder.der);
      q_pki_link_cache_free(memory);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(remembered),
      cmocka_unit_test(remembered_too_long),
      cmocka_unit_test(holds_until),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
