/* OCSP: what must not pass for "nothing is known", and who cannot speak for himself. */
#include "pki/crl_store.h"
#include "pki/link.h"
#include "pki/ocsp.h"
#include "pki/verify.h"
#include "support/status_fixture.h"
#include "unit/unit.h"

static pki *good;
static pki *other; /* the same names, other keys */
static q_trust *trust;

static int set_up(void **state) {
  (void)state;
  good = pki_make("hybrid-p384-mldsa65", NULL);
  other = pki_make("hybrid-p384-mldsa65", NULL);
  trust = pki_trust(good);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  pki_free(good);
  pki_free(other);
  q_pki_trust_free(trust);
  return 0;
}

/* An answer about `cert`, with the certificates `certs`. */
static status_bytes answer(const status_signer *by, const q_cert *cert, int state, q_span certs) {
  uint8_t single[512];
  status_answer a = {.cert = cert,
                     .issuer = &good->node[PKI_INTERMEDIATE].cert,
                     .state = state,
                     .reason = -1,
                     .this_update = PKI_NOW - 60,
                     .next_update = PKI_NOW + PKI_DAY};
  status_ocsp_parts parts = {.answers = q_span_of(single, status_single(single, &a)), .certs = certs};
  return status_ocsp(by, &parts);
}

/* The path of the leaf with this answer, which was fetched, in soft-fail. */
static qtls_err verify(q_link_cache *cache, status_bytes b, q_pki_need need) {
  q_span chain[2] = {pki_der(&good->node[PKI_LEAF]), pki_der(&good->node[PKI_INTERMEDIATE])};
  const q_status_evidence e = {.index = 0, .bytes = status_span(b)};
  const q_revocation r = {.mode = Q_REVOCATION_SOFT, .evidence = &e, .evidence_count = 1};
  const q_pki_request req = {.trust = trust,
                             .chain = chain,
                             .chain_count = 2,
                             .now = PKI_NOW,
                             .purpose = Q_PKI_SERVER,
                             .need = need,
                             .revocation = &r,
                             .links = cache};
  q_pki_verdict v;
  qtls_err err = q_pki_verify(&v, &req);
  q_pki_verdict_free(&v);
  return err;
}

/* A revocation that its issuer signed with its own key alone is no lack of a status:
 * also where ML-DSA is needed, and whoever asked before. */
static void classical_revocations(void **state) {
  (void)state;
  static const q_pki_need needs[] = {Q_PKI_NEED_BOTH,        Q_PKI_NEED_PRIMARY, Q_PKI_NEED_BOTH,
                                     Q_PKI_NEED_ALTERNATIVE, Q_PKI_NEED_ANY,     Q_PKI_NEED_BOTH};
  const pki_node *issuer = &good->node[PKI_INTERMEDIATE];
  const q_cert *leaf = &good->node[PKI_LEAF].cert;
  const struct {
    status_signer by;
    int state;
    qtls_err expected;
  } rows[] = {{{.node = issuer, .no_alternative = true}, 1, QTLS_ERR_CERT_REVOKED},
              {{.node = issuer, .no_alternative = true}, 0, QTLS_OK},
              {{.node = issuer}, 1, QTLS_ERR_CERT_REVOKED},
              /* What is wrong counts for nothing: anybody could have made it. */
              {{.node = issuer, .no_alternative = true, .key = other->node[PKI_INTERMEDIATE].key}, 1, QTLS_OK},
              {{.node = issuer, .alt_key = other->node[PKI_INTERMEDIATE].alt_key}, 1, QTLS_OK}};
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    status_bytes b = answer(&rows[i].by, leaf, rows[i].state, q_span_of(NULL, 0));
    for (int cached = 0; cached < 2; cached++) {
      q_link_cache *cache = NULL;
      if (cached != 0) {
        assert_ok(q_pki_link_cache_new(&cache, 64));
      }
      for (size_t k = 0; k < Q_COUNT(needs); k++) {
        assert_err(verify(cache, b, needs[k]), rows[i].expected);
      }
      q_pki_link_cache_free(cache);
    }
    q_free(b.der);
  }
}

/* A certificate that may answer for its issuer does not do so about itself: whoever
 * stole its key would never be found out. */
static void about_itself(void **state) {
  (void)state;
  const pki_node *issuer = &good->node[PKI_INTERMEDIATE];
  pki_node one = status_responder(issuer, other->node[PKI_LEAF].key, other->node[PKI_LEAF].alt_key, NULL);
  pki_node two = status_responder(issuer, other->node[PKI_ROOT].key, other->node[PKI_ROOT].alt_key, NULL);
  q_pubkey *key = NULL;
  q_pubkey *alt_key = NULL;
  assert_ok(q_pki_link_key(&key, issuer->cert.spki));
  assert_ok(q_pki_link_key(&alt_key, issuer->cert.alt_spki));
  const q_dual_signer signer = {&issuer->cert, key, alt_key};
  const struct {
    const pki_node *by, *about;
    qtls_err expected;
  } rows[] = {{&two, &one, QTLS_OK}, {&one, &one, QTLS_ERR_OCSP_RESPONDER}, {issuer, &one, QTLS_OK}};
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    const status_signer by = {.node = rows[i].by};
    status_bytes b = answer(&by, &rows[i].about->cert, 0, pki_der(rows[i].by));
    const q_ocsp_terms terms = {.pqc_needed = true, .now = PKI_NOW};
    qtls_status_result r;
    assert_ok(q_pki_ocsp_judge(&r, status_span(b), &rows[i].about->cert, &signer, &terms));
    assert_err(r.verdict, rows[i].expected);
    q_free(b.der);
  }
  q_crypto_pubkey_free(key);
  q_crypto_pubkey_free(alt_key);
  q_free(one.der);
  q_free(two.der);
}

static void short_lived(q_issue *what, const pki_node *issuer) {
  (void)issuer;
  what->not_after = PKI_NOW + 60;
}

/* An answer holds as long as the certificate of its responder: who keeps it longer
 * shows something that counts for nothing. */
static void no_longer_than_its_signer(void **state) {
  (void)state;
  const pki_node *issuer = &good->node[PKI_INTERMEDIATE];
  pki_node one = status_responder(issuer, other->node[PKI_LEAF].key, other->node[PKI_LEAF].alt_key, short_lived);
  pki_node two = status_responder(issuer, other->node[PKI_LEAF].key, other->node[PKI_LEAF].alt_key, NULL);
  q_pubkey *key = NULL;
  assert_ok(q_pki_link_key(&key, issuer->cert.spki));
  const q_dual_signer signer = {&issuer->cert, key, NULL};
  const q_cert *leaf = &good->node[PKI_LEAF].cert;
  for (int i = 0; i < 2; i++) {
    const status_signer by = {.node = i == 0 ? &one : &two};
    status_bytes b = answer(&by, leaf, 0, pki_der(by.node));
    const q_ocsp_terms terms = {.now = PKI_NOW};
    qtls_status_result r;
    assert_ok(q_pki_ocsp_judge(&r, status_span(b), leaf, &signer, &terms));
    assert_ok(r.verdict);
    assert_true(r.next_update == (i == 0 ? PKI_NOW + 60 : PKI_NOW + PKI_DAY));
    q_free(b.der);
  }
  q_crypto_pubkey_free(key);
  q_free(one.der);
  q_free(two.der);
}

/* A list by the leaf's issuer that revokes this certificate. */
static status_bytes list_with(const q_cert *revoked, int reason, int64_t next_update) {
  uint8_t entry[128];
  uint8_t entries[160];
  uint8_t until[32];
  const size_t n = status_entry(entry, revoked->serial, PKI_NOW - 5, reason);
  const status_signer by = {.node = &good->node[PKI_INTERMEDIATE]};
  const status_crl_parts parts = {.revoked = q_span_of(entries, status_sequence(entries, q_span_of(entry, n))),
                                  .next_update = q_span_of(until, status_time(until, next_update, false))};
  return status_crl(&by, &parts);
}

/* The leaf's path with a staple and a list, known beforehand or fetched, in either mode. */
static void expect_with_list(q_link_cache *cache, status_bytes answered, status_bytes listed, bool fetched,
                             qtls_err expected) {
  q_span chain[2] = {pki_der(&good->node[PKI_LEAF]), pki_der(&good->node[PKI_INTERMEDIATE])};
  q_status_evidence e[2] = {{.index = 0, .bytes = status_span(answered), .stapled = true},
                            {.index = 1, .crl = true, .bytes = status_span(listed)}};
  q_crl_store *lists = NULL;
  size_t line = 0;
  assert_ok(q_pki_crl_store_new(&lists));
  if (!fetched) {
    assert_ok(q_pki_crl_store_add(lists, &line, status_span(listed)));
  }
  for (int stapled = 0; stapled < 2; stapled++) {
    e[0].stapled = stapled != 0;
    const q_revocation r = {
        .mode = Q_REVOCATION_HARD, .lists = lists, .evidence = e, .evidence_count = fetched ? 2 : 1};
    const q_pki_request req = {.trust = trust,
                               .chain = chain,
                               .chain_count = 2,
                               .now = PKI_NOW,
                               .purpose = Q_PKI_SERVER,
                               .need = Q_PKI_NEED_BOTH,
                               .revocation = &r,
                               .links = cache};
    q_pki_verdict v;
    const qtls_err err = q_pki_verify(&v, &req);
    q_pki_verdict_free(&v);
    assert_err(err, expected == QTLS_ERR_OCSP_RESPONDER && stapled == 0 ? QTLS_ERR_CERT_STATUS_UNKNOWN : expected);
  }
  q_pki_crl_store_free(lists);
}

static void not_to_be_asked(q_issue *what, const pki_node *issuer) {
  (void)issuer;
  what->ocsp_nocheck = true;
}

/* A responder that a list at hand revokes speaks for nobody, whether its certificate
 * wants to be asked about or not, and whether its answer was found good before. */
static void revoked_responders(void **state) {
  (void)state;
  const pki_node *issuer = &good->node[PKI_INTERMEDIATE];
  const q_cert *leaf = &good->node[PKI_LEAF].cert;
  for (int nocheck = 0; nocheck < 2; nocheck++) {
    pki_node one = status_responder(issuer, other->node[PKI_LEAF].key, other->node[PKI_LEAF].alt_key,
                                    nocheck != 0 ? not_to_be_asked : NULL);
    assert_true(one.cert.ocsp_nocheck == (nocheck != 0));
    pki_node two = status_responder(issuer, other->node[PKI_ROOT].key, other->node[PKI_ROOT].alt_key, NULL);
    const struct {
      const q_cert *listed;
      int reason;
      int64_t next_update;
      qtls_err expected;
    } rows[] = {{&two.cert, 1, PKI_NOW - 1, QTLS_OK}, /* an old list, so that it does not speak of the leaf */
                {&one.cert, 1, PKI_NOW - 1, QTLS_ERR_OCSP_RESPONDER},
                {&one.cert, QTLS_REASON_certificateHold, PKI_NOW - 1, QTLS_OK}};
    const status_signer by = {.node = &one};
    status_bytes b = answer(&by, leaf, 0, pki_der(&one));
    q_link_cache *cache = NULL;
    assert_ok(q_pki_link_cache_new(&cache, 64));
    for (size_t i = 0; i < Q_COUNT(rows); i++) {
      status_bytes l = list_with(rows[i].listed, rows[i].reason, rows[i].next_update);
      for (int way = 0; way < 4; way++) {
        expect_with_list((way & 1) != 0 ? cache : NULL, b, l, (way & 2) != 0, rows[i].expected);
      }
      q_free(l.der);
    }
    q_pki_link_cache_free(cache);
    q_free(b.der);
    q_free(one.der);
    q_free(two.der);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(classical_revocations), cmocka_unit_test(about_itself),
                                     cmocka_unit_test(no_longer_than_its_signer),
                                     cmocka_unit_test(revoked_responders)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
