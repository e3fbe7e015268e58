/* OCSP: responses read strictly, responders authorized, answers judged. */
#include "pki/link.h"
#include "pki/ocsp.h"
#include "support/status_fixture.h"
#include "unit/unit.h"

static pki *good;
static pki *other; /* the same names, other keys */
static pki *pure;
static pki *classical;
static pki *spare; /* keys for responders */

static int set_up(void **state) {
  (void)state;
  good = pki_make("hybrid-p384-mldsa65", NULL);
  other = pki_make("hybrid-p384-mldsa65", NULL);
  pure = pki_make("mldsa65", NULL);
  classical = pki_make("p256", NULL);
  spare = pki_make("hybrid-p384-mldsa87", NULL);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  pki_free(good);
  pki_free(other);
  pki_free(pure);
  pki_free(classical);
  pki_free(spare);
  return 0;
}

static qtls_status_result judge_nonce(q_span der, const pki *p, bool pqc_needed, q_span nonce) {
  const q_ocsp_terms terms = {.pqc_needed = pqc_needed, .now = PKI_NOW, .nonce = nonce};
  qtls_status_result r = status_judge(der, p, &terms);
  if (r.verdict != QTLS_OK && r.verdict != QTLS_ERR_CERT_REVOKED) { /* nothing is said of what does not count */
    assert_false(r.pqc || r.this_update != 0 || r.next_update != 0 || r.revoked_at != 0 || r.reason != 0);
  }
  return r;
}

static qtls_status_result judge(q_span der, const pki *p, bool pqc_needed) {
  return judge_nonce(der, p, pqc_needed, q_span_of(NULL, 0));
}

static void expect_of(const pki *p, const status_signer *by, const status_answer *a, const status_ocsp_parts *parts,
                      qtls_err expected, qtls_err with_pqc) {
  status_bytes r = status_response(by, a, parts);
  assert_err(judge(status_span(r), p, false).verdict, expected);
  qtls_status_result pqc = judge(status_span(r), p, true);
  assert_err(pqc.verdict, with_pqc);
  assert_int_equal(pqc.pqc, with_pqc == QTLS_OK || with_pqc == QTLS_ERR_CERT_REVOKED);
  q_free(r.der);
}

static void expect(const status_signer *by, const status_answer *a, const status_ocsp_parts *parts, qtls_err expected,
                   qtls_err with_pqc) {
  expect_of(good, by, a, parts, expected, with_pqc);
}

static status_signer issuer_of(const pki *p) {
  status_signer by = {.node = &p->node[PKI_INTERMEDIATE]};
  return by;
}

static void states(void **state) {
  (void)state;
  status_signer by = issuer_of(good);
  status_answer a = status_answer_of(good);
  for (int hash = 0; hash < 2; hash++) {
    a.hash = hash == 0 ? Q_OID_SHA1 : Q_OID_SHA256;
    a.state = 0;
    expect(&by, &a, NULL, QTLS_OK, QTLS_OK);
    a.state = 2;
    expect(&by, &a, NULL, QTLS_ERR_OCSP_UNKNOWN, QTLS_ERR_OCSP_UNKNOWN);
    a.state = 1;
    for (a.reason = -1; a.reason <= 10; a.reason++) {
      status_bytes r = status_response(&by, &a, NULL);
      qtls_status_result got = judge(status_span(r), good, true);
      assert_err(got.verdict, a.reason == 7 ? QTLS_ERR_OCSP_PARSE : QTLS_ERR_CERT_REVOKED);
      if (a.reason != 7) {
        assert_int_equal(got.reason, a.reason < 0 ? 0 : a.reason);
        assert_true(got.revoked_at == PKI_NOW - 2 * PKI_DAY);
      }
      q_free(r.der);
    }
    a.reason = -1;
  }
}

static void freshness(void **state) {
  (void)state;
  static const struct {
    int64_t this_update, next_update;
    qtls_err expected;
  } rows[] = {{PKI_NOW, PKI_NOW, QTLS_OK},
              {PKI_NOW + 300, PKI_NOW + PKI_DAY, QTLS_OK},
              {PKI_NOW + 301, PKI_NOW + PKI_DAY, QTLS_ERR_OCSP_STALE},
              {PKI_NOW - PKI_DAY, PKI_NOW - 1, QTLS_ERR_OCSP_STALE},
              {PKI_NOW + 100, PKI_NOW + 50, QTLS_ERR_OCSP_STALE},
              {PKI_NOW - PKI_DAY, 0, QTLS_OK},
              {PKI_NOW - PKI_DAY - 1, 0, QTLS_ERR_OCSP_STALE},
              {PKI_NOW - 400 * PKI_DAY, PKI_NOW + 1, QTLS_OK}};
  status_signer by = issuer_of(good);
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    status_answer a = status_answer_of(good);
    a.this_update = rows[i].this_update;
    a.next_update = rows[i].next_update;
    expect(&by, &a, NULL, rows[i].expected, rows[i].expected);
    /* An old answer tells of a revocation, unless somebody could have taken that back. */
    static const int reasons[] = {-1, QTLS_REASON_unspecified, QTLS_REASON_superseded, QTLS_REASON_certificateHold,
                                  QTLS_REASON_removeFromCRL};
    a.state = 1;
    for (size_t k = 0; k < Q_COUNT(reasons); k++) {
      const bool counts = rows[i].expected == QTLS_OK || (k < 3 && rows[i].this_update <= PKI_NOW + 300);
      const qtls_err revoked = counts ? QTLS_ERR_CERT_REVOKED : QTLS_ERR_OCSP_STALE;
      a.reason = reasons[k];
      expect(&by, &a, NULL, revoked, revoked);
    }
  }
}

/* Answers about others do not count, several about this one must agree. */
static void several_answers(void **state) {
  (void)state;
  enum { GOOD, GOOD256, REVOKED, UNKNOWN, OLD, OTHER_SERIAL, OTHER_ISSUER, KINDS };
  uint8_t single[KINDS][512];
  size_t n[KINDS];
  for (int i = 0; i < KINDS; i++) {
    status_answer a = status_answer_of(good);
    a.hash = i == GOOD256 ? Q_OID_SHA256 : Q_OID_SHA1;
    a.state = i == REVOKED ? 1 : i == UNKNOWN ? 2 : 0;
    a.next_update = i == OLD ? PKI_NOW - 1 : a.next_update;
    a.cert = i == OTHER_SERIAL ? &other->node[PKI_LEAF].cert : a.cert;
    a.issuer = i == OTHER_ISSUER ? &other->node[PKI_INTERMEDIATE].cert : a.issuer;
    n[i] = status_single(single[i], &a);
  }
  static const struct {
    int which[3];
    size_t count;
    qtls_err expected;
  } rows[] = {{{0}, 0, QTLS_ERR_OCSP_STATUS},
              {{OTHER_SERIAL}, 1, QTLS_ERR_OCSP_STATUS},
              {{OTHER_ISSUER}, 1, QTLS_ERR_OCSP_STATUS},
              {{OTHER_SERIAL, GOOD}, 2, QTLS_OK},
              {{GOOD, OTHER_ISSUER}, 2, QTLS_OK},
              {{GOOD, GOOD256, OTHER_SERIAL}, 3, QTLS_OK},
              {{GOOD, REVOKED}, 2, QTLS_ERR_CERT_REVOKED},
              {{REVOKED, GOOD}, 2, QTLS_ERR_CERT_REVOKED},
              {{UNKNOWN, REVOKED}, 2, QTLS_ERR_CERT_REVOKED},
              {{GOOD, UNKNOWN}, 2, QTLS_ERR_OCSP_UNKNOWN},
              {{UNKNOWN, GOOD}, 2, QTLS_ERR_OCSP_UNKNOWN},
              {{GOOD, OLD}, 2, QTLS_ERR_OCSP_STALE},
              {{OLD, GOOD, GOOD256}, 3, QTLS_ERR_OCSP_STALE}};
  status_signer by = issuer_of(good);
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    uint8_t all[1536];
    size_t all_n = 0;
    for (size_t k = 0; k < rows[i].count; k++) {
      memcpy(all + all_n, single[rows[i].which[k]], n[rows[i].which[k]]);
      all_n += n[rows[i].which[k]];
    }
    status_ocsp_parts parts = {.answers = q_span_of(all, all_n)};
    expect(&by, NULL, &parts, rows[i].expected, rows[i].expected);
  }
}

static void too_many_answers(void **state) {
  (void)state;
  status_signer by = issuer_of(good);
  status_answer a = status_answer_of(good);
  uint8_t single[512];
  size_t n = status_single(single, &a);
  uint8_t *all = q_alloc(n * 65);
  for (size_t i = 0; i < 65; i++) {
    memcpy(all + i * n, single, n);
  }
  status_ocsp_parts parts = {.answers = q_span_of(all, 64 * n)};
  expect(&by, NULL, &parts, QTLS_OK, QTLS_OK);
  parts.answers.n = 65 * n;
  expect(&by, NULL, &parts, QTLS_ERR_OCSP_PARSE, QTLS_ERR_OCSP_PARSE);
  q_free(all);
}

/* The issuer answers itself, named by its name or by its key. */
static void by_the_issuer(void **state) {
  (void)state;
  const pki *hierarchies[] = {good, pure, classical};
  for (size_t i = 0; i < Q_COUNT(hierarchies); i++) {
    const pki *p = hierarchies[i];
    uint8_t name[256];
    status_signer by = issuer_of(p);
    status_answer a = status_answer_of(p);
    status_ocsp_parts parts = {.responder =
                                   q_span_of(name, status_by_name(name, by.node != NULL ? &by.node->cert : NULL))};
    qtls_err pqc = p == classical ? QTLS_ERR_STATUS_ALT : QTLS_OK;
    expect_of(p, &by, &a, NULL, QTLS_OK, pqc);
    expect_of(p, &by, &a, &parts, QTLS_OK, pqc);
  }
}

static void signatures(void **state) {
  (void)state;
  uint8_t mldsa87[16];
  size_t n = unit_hex(mldsa87, sizeof mldsa87, "300b0609608648016503040313");
  const pki_node *theirs = &other->node[PKI_INTERMEDIATE];
  const struct {
    status_signer by;
    qtls_err expected, with_pqc;
  } rows[] = {
      {{.key = theirs->key}, QTLS_ERR_OCSP_SIGNATURE, QTLS_ERR_OCSP_SIGNATURE},
      {{.key = classical->node[PKI_LEAF].key}, QTLS_ERR_OCSP_SIGNATURE, QTLS_ERR_OCSP_SIGNATURE},
      {{.no_alternative = true}, QTLS_OK, QTLS_ERR_STATUS_ALT},
      {{.alt_key = theirs->alt_key}, QTLS_ERR_STATUS_ALT, QTLS_ERR_STATUS_ALT},
      {{.alt_key = spare->node[PKI_LEAF].alt_key}, QTLS_ERR_STATUS_ALT, QTLS_ERR_STATUS_ALT},
      {{.alternative_of_nothing = true}, QTLS_ERR_STATUS_ALT, QTLS_ERR_STATUS_ALT},
      {{.cut_alternative = true}, QTLS_ERR_OCSP_PARSE, QTLS_ERR_OCSP_PARSE},
      {{.alt_algorithm = q_span_of(mldsa87, n)}, QTLS_ERR_OCSP_PARSE, QTLS_ERR_OCSP_PARSE},
      {{.alt_algorithm = status_absent}, QTLS_ERR_OCSP_PARSE, QTLS_ERR_OCSP_PARSE},
  };
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    status_signer by = rows[i].by;
    status_answer a = status_answer_of(good);
    by.node = &good->node[PKI_INTERMEDIATE];
    expect(&by, &a, NULL, rows[i].expected, rows[i].with_pqc);
  }
}

/* ---- responders ---- */

static q_privkey *own_key(void) { return spare->node[PKI_LEAF].key; }
static q_privkey *own_alt_key(void) { return spare->node[PKI_LEAF].alt_key; }

typedef void (*adjuster)(q_issue *what, const pki_node *issuer);

static void no_eku(q_issue *w, const pki_node *issuer) {
  (void)issuer;
  w->eku = Q_EKU_SERVER | Q_EKU_CLIENT;
}
static void any_eku(q_issue *w, const pki_node *issuer) {
  (void)issuer;
  w->eku = Q_EKU_ANY;
}
static void no_signing(q_issue *w, const pki_node *issuer) {
  (void)issuer;
  w->key_usage = Q_KU_KEY_AGREEMENT;
}
static void no_usage(q_issue *w, const pki_node *issuer) {
  (void)issuer;
  w->key_usage = 0;
}
static void expired(q_issue *w, const pki_node *issuer) {
  (void)issuer;
  w->not_after = PKI_NOW - 1;
}
static void early(q_issue *w, const pki_node *issuer) {
  (void)issuer;
  w->not_before = PKI_NOW + 1;
}
static void other_issuer_name(q_issue *w, const pki_node *issuer) {
  (void)issuer;
  w->issuer = good->node[PKI_ROOT].cert.subject;
}
static void other_key_id(q_issue *w, const pki_node *issuer) {
  (void)issuer;
  w->aki = good->node[PKI_ROOT].cert.ski;
}
static void wrong_key(q_issue *w, const pki_node *issuer) {
  (void)issuer;
  w->key = other->node[PKI_INTERMEDIATE].key;
}
static void wrong_alt_key(q_issue *w, const pki_node *issuer) {
  (void)issuer;
  w->alt_key = other->node[PKI_INTERMEDIATE].alt_key;
}
static void no_alt_signature(q_issue *w, const pki_node *issuer) {
  (void)issuer;
  w->alt_key = NULL;
}
static void by_the_root(q_issue *w, const pki_node *issuer) {
  (void)issuer;
  w->issuer = good->node[PKI_ROOT].cert.subject;
  w->aki = good->node[PKI_ROOT].cert.ski;
  w->key = good->node[PKI_ROOT].key;
  w->alt_key = good->node[PKI_ROOT].alt_key;
}
static void critical_extension(q_issue *w, const pki_node *issuer) {
  static const uint8_t unknown[] = {0x30, 0x0C, 0x06, 0x03, 0x2A, 0x03, 0x04, 0x01, 0x01, 0xFF, 0x04, 0x02, 0x05, 0x00};
  (void)issuer;
  w->extra = q_span_of(unknown, sizeof unknown);
}

typedef enum keys { HYBRID, CLASSICAL, PURE } keys;

/* A response by a responder of these keys, certified by the intermediate. */
static void expect_responder(const pki *p, keys kind, adjuster adjust, qtls_err expected, qtls_err with_pqc) {
  q_privkey *key = kind == PURE ? own_alt_key() : own_key();
  q_privkey *alt_key = kind == HYBRID ? own_alt_key() : NULL;
  pki_node node = status_responder(&p->node[PKI_INTERMEDIATE], key, alt_key, adjust);
  status_signer by = {.node = &node};
  status_answer a = status_answer_of(p);
  uint8_t name[256];
  status_ocsp_parts parts = {.certs = pki_der(&node)};
  expect_of(p, &by, &a, &parts, expected, with_pqc);
  parts.responder = q_span_of(name, status_by_name(name, &node.cert));
  expect_of(p, &by, &a, &parts, expected, with_pqc);
  q_free(node.der);
}

static void by_a_responder(void **state) {
  (void)state;
  /* With a hybrid issuer: its alternative signature is under every certificate. */
  expect_responder(good, HYBRID, NULL, QTLS_OK, QTLS_OK);
  expect_responder(good, PURE, NULL, QTLS_OK, QTLS_OK);
  expect_responder(good, CLASSICAL, NULL, QTLS_OK, QTLS_ERR_STATUS_ALT);
  expect_responder(good, HYBRID, no_usage, QTLS_OK, QTLS_OK);
  /* Without it ML-DSA signs for somebody whom no ML-DSA key has authorized. */
  expect_responder(good, HYBRID, no_alt_signature, QTLS_OK, QTLS_ERR_STATUS_ALT);
  expect_responder(good, PURE, no_alt_signature, QTLS_OK, QTLS_ERR_STATUS_ALT);
  expect_responder(good, HYBRID, wrong_alt_key, QTLS_ERR_STATUS_ALT, QTLS_ERR_STATUS_ALT);
  expect_responder(good, PURE, wrong_alt_key, QTLS_ERR_STATUS_ALT, QTLS_ERR_STATUS_ALT);
  expect_responder(good, CLASSICAL, wrong_alt_key, QTLS_ERR_STATUS_ALT, QTLS_ERR_STATUS_ALT);
  /* A pure ML-DSA issuer authorizes by its own signature. */
  expect_responder(pure, PURE, NULL, QTLS_OK, QTLS_OK);
  expect_responder(pure, CLASSICAL, NULL, QTLS_OK, QTLS_ERR_STATUS_ALT);
  expect_responder(classical, CLASSICAL, NULL, QTLS_OK, QTLS_ERR_STATUS_ALT);
  expect_responder(classical, PURE, NULL, QTLS_OK, QTLS_ERR_STATUS_ALT);
}

static void not_authorized(void **state) {
  (void)state;
  static const adjuster bad[] = {no_eku,       any_eku,   no_signing,  expired,           early, other_issuer_name,
                                 other_key_id, wrong_key, by_the_root, critical_extension};
  for (size_t i = 0; i < Q_COUNT(bad); i++) {
    expect_responder(good, HYBRID, bad[i], QTLS_ERR_OCSP_RESPONDER, QTLS_ERR_OCSP_RESPONDER);
    expect_responder(good, CLASSICAL, bad[i], QTLS_ERR_OCSP_RESPONDER, QTLS_ERR_OCSP_RESPONDER);
  }
}

/* The responder's certificate is there, and the signature is not by its keys. */
static void responders_signatures(void **state) {
  (void)state;
  pki_node node = status_responder(&good->node[PKI_INTERMEDIATE], own_key(), own_alt_key(), NULL);
  status_ocsp_parts parts = {.certs = pki_der(&node)};
  status_answer a = status_answer_of(good);
  status_signer by = {.node = &node, .key = other->node[PKI_LEAF].key};
  expect(&by, &a, &parts, QTLS_ERR_OCSP_SIGNATURE, QTLS_ERR_OCSP_SIGNATURE);
  by = (status_signer){.node = &node, .alt_key = good->node[PKI_INTERMEDIATE].alt_key};
  expect(&by, &a, &parts, QTLS_ERR_STATUS_ALT, QTLS_ERR_STATUS_ALT);
  by = (status_signer){.node = &node, .no_alternative = true};
  expect(&by, &a, &parts, QTLS_OK, QTLS_ERR_STATUS_ALT);
  by = (status_signer){.node = &node};
  /* Sound, but somebody else is said to have answered. */
  uint8_t name[256];
  parts.responder = q_span_of(name, status_by_name(name, &good->node[PKI_LEAF].cert));
  expect(&by, &a, &parts, QTLS_ERR_OCSP_RESPONDER, QTLS_ERR_OCSP_RESPONDER);
  parts.responder = q_span_of(name, status_by_key(name, &good->node[PKI_LEAF].cert));
  expect(&by, &a, &parts, QTLS_ERR_OCSP_RESPONDER, QTLS_ERR_OCSP_RESPONDER);
  parts.responder = q_span_of(NULL, 0);
  parts.certs = status_absent; /* nobody knows who that is */
  expect(&by, &a, &parts, QTLS_ERR_OCSP_RESPONDER, QTLS_ERR_OCSP_RESPONDER);
  parts.certs = pki_der(&good->node[PKI_LEAF]);
  expect(&by, &a, &parts, QTLS_ERR_OCSP_RESPONDER, QTLS_ERR_OCSP_RESPONDER);
  q_free(node.der);
}

/* Of those that fit the ResponderID three are tried. */
static void many_that_fit(void **state) {
  (void)state;
  pki_node bad = status_responder(&good->node[PKI_INTERMEDIATE], own_key(), own_alt_key(), wrong_key);
  pki_node node = status_responder(&good->node[PKI_INTERMEDIATE], own_key(), own_alt_key(), NULL);
  uint8_t *certs = q_alloc(3 * bad.n + node.n);
  status_signer by = {.node = &node};
  status_answer a = status_answer_of(good);
  for (size_t before = 0; before <= 3; before++) {
    for (size_t i = 0; i < before; i++) {
      memcpy(certs + i * bad.n, bad.der, bad.n);
    }
    memcpy(certs + before * bad.n, node.der, node.n);
    status_ocsp_parts parts = {.certs = q_span_of(certs, before * bad.n + node.n)};
    qtls_err expected = before < 3 ? QTLS_OK : QTLS_ERR_OCSP_RESPONDER;
    expect(&by, &a, &parts, expected, expected);
  }
  q_free(certs);
  q_free(bad.der);
  q_free(node.der);
}

/* Certificates that are no help before the one that is; ten at most. */
static void many_certificates(void **state) {
  (void)state;
  pki_node bad = status_responder(&good->node[PKI_INTERMEDIATE], own_key(), own_alt_key(), wrong_key);
  pki_node node = status_responder(&good->node[PKI_INTERMEDIATE], own_key(), own_alt_key(), NULL);
  uint8_t *certs = q_alloc(9 * bad.n + 2 * node.n);
  size_t n = 0;
  status_signer by = {.node = &node};
  status_answer a = status_answer_of(good);
  memcpy(certs, bad.der, bad.n);
  memcpy(certs + bad.n, "\x30\x00", 2); /* no certificate at all */
  memcpy(certs + bad.n + 2, node.der, node.n);
  status_ocsp_parts parts = {.certs = q_span_of(certs, bad.n + 2 + node.n)};
  expect(&by, &a, &parts, QTLS_OK, QTLS_OK);
  for (size_t i = 0; i < 9; i++, n += 2) {
    memcpy(certs + n, "\x30\x00", 2);
  }
  memcpy(certs + n, node.der, node.n);
  parts.certs = q_span_of(certs, n + node.n);
  expect(&by, &a, &parts, QTLS_OK, QTLS_OK);
  memcpy(certs + n + node.n, "\x30\x00", 2);
  parts.certs.n += 2;
  expect(&by, &a, &parts, QTLS_ERR_OCSP_PARSE, QTLS_ERR_OCSP_PARSE);
  q_free(certs);
  q_free(bad.der);
  q_free(node.der);
}

/* ---- forms ---- */

static void nonces(void **state) {
  (void)state;
  uint8_t value[160] = {0x04, 0x08, 1, 2, 3, 4, 5, 6, 7, 8};
  uint8_t extension[256];
  status_signer by = issuer_of(good);
  status_answer a = status_answer_of(good);
  q_span mine = q_span_of(value + 2, 8);
  q_span theirs = q_span_of("12345678", 8);
  status_ocsp_parts parts = {
      .extensions = q_span_of(extension, status_extension(extension, Q_OID_OCSP_NONCE, false, q_span_of(value, 10)))};
  status_bytes r = status_response(&by, &a, &parts);
  assert_ok(judge_nonce(status_span(r), good, true, mine).verdict);
  assert_err(judge_nonce(status_span(r), good, true, theirs).verdict, QTLS_ERR_OCSP_NONCE);
  assert_err(judge_nonce(status_span(r), good, true, q_span_of(value + 2, 7)).verdict, QTLS_ERR_OCSP_NONCE);
  assert_ok(judge(status_span(r), good, true).verdict); /* nobody asked */
  q_free(r.der);
  a.state = 1; /* final, whoever was told; a hold may have ended since */
  static const int reasons[] = {-1, QTLS_REASON_certificateHold};
  for (size_t i = 0; i < Q_COUNT(reasons); i++) {
    a.reason = reasons[i];
    r = status_response(&by, &a, &parts);
    assert_err(judge_nonce(status_span(r), good, true, mine).verdict, QTLS_ERR_CERT_REVOKED);
    assert_err(judge_nonce(status_span(r), good, true, theirs).verdict,
               i == 0 ? QTLS_ERR_CERT_REVOKED : QTLS_ERR_OCSP_NONCE);
    q_free(r.der);
  }
  a.state = 0;
  r = status_response(&by, &a, NULL);
  assert_ok(judge_nonce(status_span(r), good, true, mine).verdict); /* it has none to repeat */
  q_free(r.der);
  static const struct {
    size_t n;
    const char *head;
    qtls_err expected;
  } forms[] = {{3, "040101", QTLS_OK},
               {2, "0400", QTLS_ERR_OCSP_PARSE},
               {131, "048180", QTLS_OK},
               {132, "048181", QTLS_ERR_OCSP_PARSE},
               {8, "0102030405060708", QTLS_ERR_OCSP_PARSE},
               {3, "050101", QTLS_ERR_OCSP_PARSE}};
  for (size_t i = 0; i < Q_COUNT(forms); i++) {
    memset(value, 0x55, sizeof value);
    (void)unit_hex(value, sizeof value, forms[i].head);
    parts.extensions.n = status_extension(extension, Q_OID_OCSP_NONCE, false, q_span_of(value, forms[i].n));
    expect(&by, &a, &parts, forms[i].expected, forms[i].expected);
  }
}

static void extensions(void **state) {
  (void)state;
  uint8_t extension[128];
  status_signer by = issuer_of(good);
  status_answer a = status_answer_of(good);
  status_ocsp_parts parts = {
      .extensions = q_span_of(extension, status_extension(extension, Q_OID_UNKNOWN, true, q_span_of("\x05\x00", 2)))};
  expect(&by, &a, &parts, QTLS_ERR_OCSP_PARSE, QTLS_ERR_OCSP_PARSE);
  size_t n = status_extension(extension, Q_OID_UNKNOWN, false, q_span_of("\x05\x00", 2));
  parts.extensions.n = n;
  expect(&by, &a, &parts, QTLS_OK, QTLS_OK);
  memcpy(extension + n, extension, n);
  parts.extensions.n = 2 * n;
  expect(&by, &a, &parts, QTLS_ERR_OCSP_PARSE, QTLS_ERR_OCSP_PARSE);
}

static void malformed(void **state) {
  (void)state;
  static const char *const whole[] = {
      "",               /* nothing */
      "3000",           /* no status */
      "30030a0100",     /* successful, and no answer */
      "30030a0104",     /* 4 is not used */
      "30030a0107",     /* nor is 7 */
      "30040a020001",   /* two octets */
      "30050a0101a000", /* a refusal with an answer */
      "3009"
      "0a0100"
      "a0043002"
      "0600",
      "30030a01010500",
  };
  for (size_t i = 0; i < Q_COUNT(whole); i++) {
    uint8_t bytes[32];
    size_t n = unit_hex(bytes, sizeof bytes, whole[i]);
    assert_err(judge(q_span_of(bytes, n), good, false).verdict, QTLS_ERR_OCSP_PARSE);
  }
  static const uint8_t refusals[] = {1, 2, 3, 5, 6};
  for (size_t i = 0; i < Q_COUNT(refusals); i++) {
    uint8_t bytes[5] = {0x30, 0x03, 0x0A, 0x01, refusals[i]};
    assert_err(judge(q_span_of(bytes, 5), good, false).verdict, QTLS_ERR_OCSP_STATUS);
  }
  const struct {
    status_ocsp_parts parts;
  } rows[] = {{{.responder = q_span_of("\x82\x00", 2)}},
              {{.responder = q_span_of("\xA2\x03\x04\x01\x00", 5)}}, /* a hash of one octet */
              {{.responder = q_span_of("\xA1\x02\x05\x00", 4)}},
              {{.produced_at = q_span_of("\x17\x0D"
                                         "261124000000Z",
                                         15)}}, /* UTCTime */
              {{.produced_at = status_absent}},
              {{.version = q_span_of("\xA0\x03\x02\x01\x01", 5)}}, /* v2 */
              {{.version = q_span_of("\xA0\x03\x02\x01\x00", 5)}}, /* a default that is written */
              {{.answers = q_span_of("\x30\x00", 2)}}};
  status_signer by = issuer_of(good);
  status_answer a = status_answer_of(good);
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    expect(&by, &a, &rows[i].parts, QTLS_ERR_OCSP_PARSE, QTLS_ERR_OCSP_PARSE);
  }
}

/* As large as may be, and larger: sound otherwise. */
static void size(void **state) {
  (void)state;
  status_signer by = issuer_of(good);
  status_answer a = status_answer_of(good);
  uint8_t *big = q_alloc(Q_OCSP_RESPONSE_MAX);
  uint8_t *extension = q_alloc(Q_OCSP_RESPONSE_MAX + 64);
  for (size_t n = 61000; n <= 65000; n += 4000) {
    size_t whole = status_extension(extension, Q_OID_UNKNOWN, false, q_span_of(big, n));
    status_ocsp_parts parts = {.extensions = q_span_of(extension, whole)};
    qtls_err expected = n == 61000 ? QTLS_OK : QTLS_ERR_OCSP_PARSE;
    expect(&by, &a, &parts, expected, expected);
  }
  q_free(big);
  q_free(extension);
}

static void cut_and_flipped(void **state) {
  (void)state;
  status_signer by = issuer_of(good);
  status_answer a = status_answer_of(good);
  status_bytes r = status_response(&by, &a, NULL);
  for (size_t i = 0; i < r.n; i += i < 400 ? 1 : 61) {
    uint8_t *copy = q_alloc_copy(r.der, i + 1);
    assert_err(judge(q_span_of(copy, i), good, true).verdict, QTLS_ERR_OCSP_PARSE);
    q_free(copy);
    r.der[i] ^= (uint8_t)(1U << (i & 7));
    qtls_err err = judge(status_span(r), good, true).verdict;
    assert_true(err != QTLS_OK && err != QTLS_ERR_CERT_REVOKED);
    r.der[i] ^= (uint8_t)(1U << (i & 7));
  }
  q_free(r.der);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(states),           cmocka_unit_test(freshness),         cmocka_unit_test(several_answers),
      cmocka_unit_test(too_many_answers), cmocka_unit_test(by_the_issuer),     cmocka_unit_test(signatures),
      cmocka_unit_test(by_a_responder),   cmocka_unit_test(not_authorized),    cmocka_unit_test(responders_signatures),
      cmocka_unit_test(many_that_fit),    cmocka_unit_test(many_certificates), cmocka_unit_test(nonces),
      cmocka_unit_test(extensions),       cmocka_unit_test(malformed),         cmocka_unit_test(size),
      cmocka_unit_test(cut_and_flipped),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
