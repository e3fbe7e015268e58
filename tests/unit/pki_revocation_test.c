/* What a path's verdict makes of certificate status: staples, fetched evidence and
 * lists, in every mode, and which path is taken when one is revoked. */
#include "pki/ocsp.h"
#include "pki/verify.h"
#include "support/status_fixture.h"
#include "unit/unit.h"

static const char *const ocsp_url[] = {"http://ocsp.example.test/"};
static const char *const crl_url[] = {"http://crl.example.test/leaf.crl"};

static pki *good; /* hybrid; the leaf must be stapled and tells where */
static pki *plain;
static pki *other;

static void with_urls(void *context, q_issue *what, pki_level level, const pki *so_far) {
  (void)context;
  (void)so_far;
  if (level == PKI_LEAF) {
    what->must_staple = true;
    what->ocsp_urls = (q_texts){ocsp_url, 1};
  } else if (level == PKI_INTERMEDIATE) {
    what->crl_urls = (q_texts){crl_url, 1};
  }
}

static int set_up(void **state) {
  (void)state;
  pki_options options = {.adjust = with_urls};
  good = pki_make("hybrid-p384-mldsa65", &options);
  plain = pki_make("hybrid-p384-mldsa65", NULL);
  other = pki_make("hybrid-p384-mldsa65", NULL);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  pki_free(good);
  pki_free(plain);
  pki_free(other);
  return 0;
}

static qtls_err verify(q_pki_verdict *v, const pki *p, q_pki_need need, const q_revocation *revocation) {
  q_trust *trust = pki_trust(p);
  q_span chain[2] = {pki_der(&p->node[PKI_LEAF]), pki_der(&p->node[PKI_INTERMEDIATE])};
  q_pki_request req = {.trust = trust,
                       .chain = chain,
                       .chain_count = 2,
                       .now = PKI_NOW,
                       .name = "localhost",
                       .purpose = Q_PKI_SERVER,
                       .need = need,
                       .revocation = revocation};
  qtls_err err = q_pki_verify(v, &req);
  q_pki_trust_free(trust);
  if (err != QTLS_OK) { /* nothing that is needed is left as good */
    assert_true(need != Q_PKI_NEED_PRIMARY || v->primary != QTLS_OK);
    assert_true(need != Q_PKI_NEED_BOTH || v->primary != QTLS_OK || v->alternative != QTLS_OK);
    assert_true(need != Q_PKI_NEED_ANY || (v->primary != QTLS_OK && v->alternative != QTLS_OK));
  }
  return err;
}

/* The error for both signatures, and where. */
static void expect(const pki *p, const q_revocation *r, qtls_err expected, size_t at) {
  static const q_pki_need needs[] = {Q_PKI_NEED_PRIMARY, Q_PKI_NEED_ALTERNATIVE, Q_PKI_NEED_BOTH, Q_PKI_NEED_ANY};
  for (size_t i = 0; i < Q_COUNT(needs); i++) {
    q_pki_verdict v;
    assert_err(verify(&v, p, needs[i], r), expected);
    if (expected != QTLS_OK) {
      assert_int_equal(v.at, at);
    }
    assert_int_equal(v.status_count, expected == QTLS_ERR_ARGUMENT ? v.status_count : 2);
    q_pki_verdict_free(&v);
  }
}

typedef enum kind { GOOD, REVOKED, OLD_REVOKED, OLD_HOLD, UNKNOWN, STALE, FORGED, CLASSICAL, BAD_ALT, JUNK } kind;

/* A response about the leaf, or about the intermediate, by its issuer. */
static status_bytes answer(const pki *p, pki_level level, kind what) {
  uint8_t single[512];
  const bool revoked = what == REVOKED || what == OLD_REVOKED || what == OLD_HOLD;
  const bool old = what == STALE || what == OLD_REVOKED || what == OLD_HOLD;
  status_answer a = {.cert = &p->node[level].cert,
                     .issuer = &p->node[level - 1].cert,
                     .state = revoked           ? 1
                              : what == UNKNOWN ? 2
                                                : 0,
                     .reason = what == OLD_HOLD ? QTLS_REASON_certificateHold : -1,
                     .this_update = PKI_NOW - 60,
                     .next_update = old ? PKI_NOW - 1 : PKI_NOW + PKI_DAY};
  status_signer by = {.node = &p->node[level - 1],
                      .key = what == FORGED ? other->node[PKI_ROOT].key : NULL,
                      .alt_key = what == BAD_ALT ? other->node[PKI_ROOT].alt_key : NULL,
                      .no_alternative = what == CLASSICAL};
  status_ocsp_parts parts = {.answers = q_span_of(single, status_single(single, &a))};
  status_bytes out = status_ocsp(&by, &parts);
  out.n -= what == JUNK ? 1 : 0;
  return out;
}

/* A list by the issuer of the level, with that certificate or without it. */
static status_bytes list(const pki *p, pki_level level, bool revoked) {
  uint8_t entry[128];
  uint8_t entries[160];
  size_t n = status_entry(entry, p->node[level].cert.serial, PKI_NOW - 5, 1);
  status_crl_parts parts = {.revoked = q_span_of(entries, status_sequence(entries, q_span_of(entry, n)))};
  status_signer by = {.node = &p->node[level - 1]};
  return status_crl(&by, revoked ? &parts : NULL);
}

static q_status_evidence evidence(status_bytes b, size_t index, bool crl, bool stapled) {
  q_status_evidence e = {index, crl, status_span(b), stapled};
  return e;
}

static void not_asked(void **state) {
  (void)state;
  q_pki_verdict v;
  assert_ok(verify(&v, good, Q_PKI_NEED_BOTH, NULL));
  assert_int_equal(v.status_count, 0);
  q_pki_verdict_free(&v);
}

/* Each kind of staple, in each mode, stapled and fetched. */
static void staples(void **state) {
  (void)state;
  static const struct {
    kind what;
    qtls_err stapled; /* its own error */
  } rows[] = {{GOOD, QTLS_OK},
              {REVOKED, QTLS_ERR_CERT_REVOKED},
              {OLD_REVOKED, QTLS_ERR_CERT_REVOKED},
              {OLD_HOLD, QTLS_ERR_OCSP_STALE},
              {UNKNOWN, QTLS_ERR_OCSP_UNKNOWN},
              {STALE, QTLS_ERR_OCSP_STALE},
              {FORGED, QTLS_ERR_OCSP_SIGNATURE},
              {BAD_ALT, QTLS_ERR_STATUS_ALT},
              {JUNK, QTLS_ERR_OCSP_PARSE}};
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    status_bytes b = answer(plain, PKI_LEAF, rows[i].what);
    q_status_evidence e = evidence(b, 0, false, true);
    q_revocation r = {.evidence = &e, .evidence_count = 1};
    r.mode = Q_REVOCATION_OFF;
    expect(plain, &r, QTLS_OK, 0);
    r.mode = Q_REVOCATION_SOFT;
    expect(plain, &r, rows[i].stapled, 0);
    r.mode = Q_REVOCATION_HARD;
    expect(plain, &r, rows[i].stapled, 0);
    e.stapled = false; /* what does not count is no evidence */
    const bool revoked = rows[i].stapled == QTLS_ERR_CERT_REVOKED;
    expect(plain, &r, rows[i].what == GOOD || revoked ? rows[i].stapled : QTLS_ERR_CERT_STATUS_UNKNOWN, 0);
    r.mode = Q_REVOCATION_SOFT;
    expect(plain, &r, revoked ? QTLS_ERR_CERT_REVOKED : QTLS_OK, 0);
    q_free(b.der);
  }
}

/* Q-TLS §4: what is needed of the path is needed of the evidence. */
static void need_decides_about_pqc(void **state) {
  (void)state;
  static const struct {
    q_pki_need need;
    qtls_err expected;
  } rows[] = {{Q_PKI_NEED_PRIMARY, QTLS_OK},
              {Q_PKI_NEED_ANY, QTLS_OK},
              {Q_PKI_NEED_ALTERNATIVE, QTLS_ERR_STATUS_ALT},
              {Q_PKI_NEED_BOTH, QTLS_ERR_STATUS_ALT}};
  status_bytes b = answer(plain, PKI_LEAF, CLASSICAL);
  q_status_evidence e = evidence(b, 0, false, true);
  q_revocation r = {.mode = Q_REVOCATION_HARD, .evidence = &e, .evidence_count = 1};
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    q_pki_verdict v;
    e.stapled = true;
    assert_err(verify(&v, plain, rows[i].need, &r), rows[i].expected);
    q_pki_verdict_free(&v);
    e.stapled = false;
    qtls_err fetched = rows[i].expected == QTLS_OK ? QTLS_OK : QTLS_ERR_CERT_STATUS_UNKNOWN;
    assert_err(verify(&v, plain, rows[i].need, &r), fetched);
    q_pki_verdict_free(&v);
  }
  /* Asked for by itself, whatever is needed of the path. */
  r.pqc_needed = true;
  e.stapled = true;
  expect(plain, &r, QTLS_ERR_STATUS_ALT, 0);
  q_free(b.der);
}

static void must_staple(void **state) {
  (void)state;
  status_bytes ok = answer(good, PKI_LEAF, GOOD);
  status_bytes stale = answer(good, PKI_LEAF, STALE);
  status_bytes about_middle = answer(good, PKI_INTERMEDIATE, GOOD);
  for (q_revocation_mode mode = Q_REVOCATION_OFF; mode <= Q_REVOCATION_HARD; mode++) {
    q_status_evidence e = evidence(ok, 0, false, true);
    q_revocation r = {.mode = mode, .staple_asked = true, .evidence = &e, .evidence_count = 1};
    expect(good, &r, QTLS_OK, 0);
    e = evidence(stale, 0, false, true);
    expect(good, &r, QTLS_ERR_OCSP_STALE, 0);
    e = evidence(ok, 0, false, false); /* fetched: no staple */
    expect(good, &r, QTLS_ERR_CERT_STAPLE_MISSING, 0);
    e = evidence(about_middle, 1, false, true);
    expect(good, &r, QTLS_ERR_CERT_STAPLE_MISSING, 0);
    r.evidence_count = 0;
    expect(good, &r, QTLS_ERR_CERT_STAPLE_MISSING, 0);
    qtls_err silent = mode == Q_REVOCATION_HARD ? QTLS_ERR_CERT_STATUS_UNKNOWN : QTLS_OK;
    expect(plain, &r, silent, 0); /* its leaf asks for nothing */
    r.staple_asked = false;       /* we did not ask for a staple */
    expect(good, &r, silent, 0);
  }
  q_free(ok.der);
  q_free(stale.der);
  q_free(about_middle.der);
}

static void the_intermediate(void **state) {
  (void)state;
  status_bytes leaf = answer(plain, PKI_LEAF, GOOD);
  status_bytes middle = answer(plain, PKI_INTERMEDIATE, GOOD);
  status_bytes revoked = answer(plain, PKI_INTERMEDIATE, REVOKED);
  q_status_evidence e[2] = {evidence(leaf, 0, false, true), evidence(middle, 1, false, true)};
  q_revocation r = {.mode = Q_REVOCATION_HARD, .evidence = e, .evidence_count = 1};
  expect(plain, &r, QTLS_OK, 0);
  r.whole_chain = true;
  expect(plain, &r, QTLS_ERR_CERT_STATUS_UNKNOWN, 1);
  r.evidence_count = 2;
  expect(plain, &r, QTLS_OK, 0);
  r.whole_chain = false;
  r.mode = Q_REVOCATION_SOFT;
  e[1] = evidence(revoked, 1, false, false); /* a revocation counts always */
  expect(plain, &r, QTLS_ERR_CERT_REVOKED, 1);
  /* Also over a staple of the leaf that does not count. */
  status_bytes bad = answer(plain, PKI_LEAF, STALE);
  e[0] = evidence(bad, 0, false, true);
  expect(plain, &r, QTLS_ERR_CERT_REVOKED, 1);
  e[0] = evidence(leaf, 0, false, true);
  q_free(bad.der);
  e[1] = evidence(revoked, 0, false, false); /* not about that certificate */
  expect(plain, &r, QTLS_OK, 0);
  e[1] = evidence(revoked, 7, false, true); /* about none that is there */
  expect(plain, &r, QTLS_OK, 0);
  q_free(leaf.der);
  q_free(middle.der);
  q_free(revoked.der);
}

static void lists(void **state) {
  (void)state;
  for (int revoked = 0; revoked < 2; revoked++) {
    for (pki_level level = PKI_INTERMEDIATE; level <= PKI_LEAF; level++) {
      status_bytes b = list(plain, level, revoked != 0);
      q_crl_store *store = NULL;
      size_t line = 0;
      assert_ok(q_pki_crl_store_new(&store));
      assert_ok(q_pki_crl_store_add(store, &line, status_span(b)));
      q_revocation r = {.mode = Q_REVOCATION_SOFT, .lists = store};
      size_t at = level == PKI_LEAF ? 0 : 1;
      expect(plain, &r, revoked ? QTLS_ERR_CERT_REVOKED : QTLS_OK, at);
      r.mode = Q_REVOCATION_HARD;
      expect(plain, &r,
             revoked             ? QTLS_ERR_CERT_REVOKED
             : level == PKI_LEAF ? QTLS_OK
                                 : QTLS_ERR_CERT_STATUS_UNKNOWN,
             revoked ? at : 0);
      r.mode = Q_REVOCATION_OFF;
      expect(plain, &r, QTLS_OK, 0);
      q_pki_crl_store_free(store);
      /* The same list, fetched for the certificate. */
      q_status_evidence e = evidence(b, at, true, false);
      r = (q_revocation){.mode = Q_REVOCATION_SOFT, .evidence = &e, .evidence_count = 1};
      expect(plain, &r, revoked ? QTLS_ERR_CERT_REVOKED : QTLS_OK, at);
      e.bytes.n--; /* cut: no evidence */
      expect(plain, &r, QTLS_OK, 0);
      q_free(b.der);
    }
  }
}

/* A list that revokes is stronger than an answer that says good. */
static void contradiction(void **state) {
  (void)state;
  status_bytes says_good = answer(plain, PKI_LEAF, GOOD);
  status_bytes says_revoked = list(plain, PKI_LEAF, true);
  for (int order = 0; order < 2; order++) {
    q_status_evidence e[2];
    e[order] = evidence(says_good, 0, false, true);
    e[1 - order] = evidence(says_revoked, 0, true, false);
    q_revocation r = {.mode = Q_REVOCATION_SOFT, .evidence = e, .evidence_count = 2};
    expect(plain, &r, QTLS_ERR_CERT_REVOKED, 0);
  }
  q_free(says_good.der);
  q_free(says_revoked.der);
}

/* Rows tell what is known and what could be asked. */
static void rows(void **state) {
  (void)state;
  q_pki_verdict v;
  q_revocation r = {.mode = Q_REVOCATION_SOFT};
  assert_ok(verify(&v, good, Q_PKI_NEED_BOTH, &r));
  assert_int_equal(v.status_count, 2);
  for (size_t i = 0; i < 2; i++) {
    assert_err(v.status[i].verdict, QTLS_ERR_CERT_STATUS_UNKNOWN);
    assert_int_equal(v.status[i].index, i);
    assert_true(v.status[i].wanted);
    assert_false(v.status[i].stapled);
  }
  q_pki_verdict_free(&v);
  assert_ok(verify(&v, plain, Q_PKI_NEED_BOTH, &r)); /* no address, nobody to ask */
  assert_false(v.status[0].wanted || v.status[1].wanted);
  q_pki_verdict_free(&v);
  status_bytes b = answer(good, PKI_LEAF, GOOD);
  q_status_evidence e = evidence(b, 0, false, true);
  r = (q_revocation){.mode = Q_REVOCATION_HARD, .whole_chain = true, .evidence = &e, .evidence_count = 1};
  assert_err(verify(&v, good, Q_PKI_NEED_BOTH, &r), QTLS_ERR_CERT_STATUS_UNKNOWN);
  assert_int_equal(v.at, 1);
  assert_ok(v.status[0].verdict);
  assert_true(v.status[0].stapled && v.status[0].next_update == PKI_NOW + PKI_DAY && !v.status[0].wanted);
  assert_true(v.status[1].wanted); /* so that it can be asked, and judged again */
  q_pki_verdict_free(&v);
  e.stapled = false;
  r.mode = Q_REVOCATION_SOFT;
  assert_ok(verify(&v, good, Q_PKI_NEED_BOTH, &r));
  assert_true(v.status[0].verdict == QTLS_OK && !v.status[0].stapled);
  q_pki_verdict_free(&v);
  q_free(b.der);
}

/* ---- several paths ---- */

/* The intermediate's keys certified a second time, with another serial number. */
static pki_node second_intermediate(void) {
  const q_cert *c = &plain->node[PKI_INTERMEDIATE].cert;
  pki_node node = {0};
  q_issue w = {.subject = c->subject,
               .issuer = c->issuer,
               .spki = c->spki,
               .alt_spki = c->alt_spki,
               .not_before = c->not_before,
               .not_after = c->not_after,
               .is_ca = true,
               .path_length = -1,
               .key_usage = Q_KU_CERT_SIGN | Q_KU_CRL_SIGN,
               .aki = plain->node[PKI_ROOT].cert.ski,
               .key = plain->node[PKI_ROOT].key,
               .alt_key = plain->node[PKI_ROOT].alt_key};
  pki_must(q_pki_issue(&node.der, &node.n, &w), "second intermediate");
  pki_must(q_pki_cert_parse(&node.cert, pki_der(&node)), "second intermediate");
  return node;
}

/* A revoked intermediate spoils its path and no other; a revoked leaf all of them. */
static void another_path(void **state) {
  (void)state;
  pki_node second = second_intermediate();
  q_trust *trust = pki_trust(plain);
  q_span chain[3] = {pki_der(&plain->node[PKI_LEAF]), pki_der(&plain->node[PKI_INTERMEDIATE]), pki_der(&second)};
  status_bytes middle = list(plain, PKI_INTERMEDIATE, true);
  status_bytes leaf = list(plain, PKI_LEAF, true);
  q_status_evidence e[2] = {evidence(middle, 1, true, false), evidence(leaf, 0, true, false)};
  for (size_t first = 1; first <= 2; first++) {
    q_span swapped[3] = {chain[0], chain[first], chain[3 - first]};
    q_revocation r = {.mode = Q_REVOCATION_SOFT, .evidence = e, .evidence_count = 1};
    q_pki_request req = {.trust = trust,
                         .chain = swapped,
                         .chain_count = 3,
                         .now = PKI_NOW,
                         .name = "localhost",
                         .purpose = Q_PKI_SERVER,
                         .need = Q_PKI_NEED_BOTH,
                         .revocation = &r};
    q_pki_verdict v;
    e[0].index = first;
    assert_ok(q_pki_verify(&v, &req));
    assert_int_equal(v.status[1].index, 3 - first);
    q_pki_verdict_free(&v);
    req.chain_count = 2;
    assert_err(q_pki_verify(&v, &req), first == 1 ? QTLS_ERR_CERT_REVOKED : QTLS_OK);
    q_pki_verdict_free(&v);
    req.chain_count = 3;
    r.evidence_count = 2;
    assert_err(q_pki_verify(&v, &req), QTLS_ERR_CERT_REVOKED);
    assert_int_equal(v.at, 0);
    q_pki_verdict_free(&v);
  }
  q_pki_trust_free(trust);
  q_free(second.der);
  q_free(middle.der);
  q_free(leaf.der);
}

/* A leaf that is itself in the store has nobody to ask; but a staple that it
 * demands must be there. */
static void pinned_leaf(void **state) {
  (void)state;
  const pki *cases[] = {plain, good};
  for (size_t i = 0; i < 2; i++) {
    q_trust *trust = NULL;
    size_t line = 0;
    q_span chain = pki_der(&cases[i]->node[PKI_LEAF]);
    q_revocation r = {.mode = Q_REVOCATION_HARD, .whole_chain = true, .staple_asked = true};
    assert_ok(q_pki_trust_new(&trust));
    assert_ok(q_pki_trust_add(trust, &line, chain));
    q_pki_request req = {.trust = trust,
                         .chain = &chain,
                         .chain_count = 1,
                         .now = PKI_NOW,
                         .purpose = Q_PKI_SERVER,
                         .need = Q_PKI_NEED_PRIMARY,
                         .revocation = &r};
    q_pki_verdict v;
    assert_err(q_pki_verify(&v, &req), i == 0 ? QTLS_OK : QTLS_ERR_CERT_STAPLE_MISSING);
    assert_int_equal(v.status_count, 1);
    assert_false(v.status[0].wanted);
    q_pki_verdict_free(&v);
    q_pki_trust_free(trust);
  }
}

/* Status is asked of a path that is good; a bad one is refused for what it is. */
static void bad_paths_are_bad_first(void **state) {
  (void)state;
  status_bytes b = answer(plain, PKI_LEAF, REVOKED);
  q_status_evidence e = evidence(b, 0, false, true);
  q_revocation r = {.mode = Q_REVOCATION_HARD, .evidence = &e, .evidence_count = 1};
  q_trust *trust = pki_trust(plain);
  q_span chain[2] = {pki_der(&plain->node[PKI_LEAF]), pki_der(&plain->node[PKI_INTERMEDIATE])};
  q_pki_request req = {.trust = trust,
                       .chain = chain,
                       .chain_count = 2,
                       .now = PKI_NOW,
                       .name = "elsewhere.test",
                       .purpose = Q_PKI_SERVER,
                       .need = Q_PKI_NEED_BOTH,
                       .revocation = &r};
  q_pki_verdict v;
  assert_err(q_pki_verify(&v, &req), QTLS_ERR_CERT_NAME);
  assert_int_equal(v.status_count, 0);
  q_pki_verdict_free(&v);
  q_pki_trust_free(trust);
  q_free(b.der);
}

static void too_much_evidence(void **state) {
  (void)state;
  status_bytes b = answer(plain, PKI_LEAF, GOOD);
  q_status_evidence e[Q_STATUS_EVIDENCE_MAX + 1];
  for (size_t i = 0; i < Q_COUNT(e); i++) {
    e[i] = evidence(b, 0, false, false);
  }
  q_revocation r = {.mode = Q_REVOCATION_SOFT, .evidence = e, .evidence_count = Q_STATUS_EVIDENCE_MAX};
  expect(plain, &r, QTLS_OK, 0);
  r.evidence_count++;
  expect(plain, &r, QTLS_ERR_ARGUMENT, 0);
  q_free(b.der);
}

static void stores(void **state) {
  (void)state;
  status_bytes b = list(plain, PKI_LEAF, true);
  q_crl_store *store = NULL;
  size_t line = 0;
  assert_ok(q_pki_crl_store_new(&store));
  assert_err(q_pki_crl_store_add(store, &line, q_span_of("words", 5)), QTLS_ERR_PEM);
  assert_err(q_pki_crl_store_add(store, &line, q_span_of(b.der, b.n - 1)), QTLS_ERR_CRL_PARSE);
  assert_err(q_pki_crl_store_add(store, &line, q_span_of(plain->trust_pem, plain->trust_pem_n)), QTLS_ERR_PEM);
  assert_int_equal(line, 1);
  for (size_t i = 0; i < 9; i++) {
    assert_ok(q_pki_crl_store_add(store, &line, status_span(b)));
  }
  q_pki_crl_store_free(store);
  q_pki_crl_store_free(NULL);
  q_free(b.der);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(not_asked),
      cmocka_unit_test(staples),
      cmocka_unit_test(need_decides_about_pqc),
      cmocka_unit_test(must_staple),
      cmocka_unit_test(the_intermediate),
      cmocka_unit_test(lists),
      cmocka_unit_test(contradiction),
      cmocka_unit_test(rows),
      cmocka_unit_test(another_path),
      cmocka_unit_test(pinned_leaf),
      cmocka_unit_test(bad_paths_are_bad_first),
      cmocka_unit_test(too_much_evidence),
      cmocka_unit_test(stores),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
