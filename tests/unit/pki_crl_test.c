/* Revocation lists: read strictly and judged. */
#include "pki/crl.h"
#include "pki/link.h"
#include "support/status_fixture.h"
#include "unit/unit.h"

static pki *good;
static pki *other; /* the same names, other keys */
static pki *pure;  /* ML-DSA alone */
static pki *classical;

static int set_up(void **state) {
  (void)state;
  good = pki_make("hybrid-p384-mldsa65", NULL);
  other = pki_make("hybrid-p384-mldsa65", NULL);
  pure = pki_make("mldsa65", NULL);
  classical = pki_make("p256", NULL);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  pki_free(good);
  pki_free(other);
  pki_free(pure);
  pki_free(classical);
  return 0;
}

/* The verdict of a list on the leaf of `p`, whose issuer is the intermediate. */
static qtls_status_result judge_at(q_span der, const pki *p, bool pqc_needed, int64_t now) {
  const pki_node *issuer = &p->node[PKI_INTERMEDIATE];
  qtls_status_result r = {.verdict = QTLS_ERR_INTERNAL};
  q_crl crl;
  q_pubkey *key = NULL;
  q_pubkey *alt_key = NULL;
  assert_ok(q_pki_link_key(&key, issuer->cert.spki));
  if (issuer->cert.alt_spki.n > 0) {
    assert_ok(q_pki_link_key(&alt_key, issuer->cert.alt_spki));
  }
  q_dual_signer signer = {&issuer->cert, key, alt_key};
  r.verdict = q_pki_crl_parse(&crl, der);
  if (r.verdict == QTLS_OK) {
    assert_ok(q_pki_crl_judge(&r, &crl, &p->node[PKI_LEAF].cert, &signer, pqc_needed, now));
  }
  q_pki_crl_free(&crl);
  q_crypto_pubkey_free(key);
  q_crypto_pubkey_free(alt_key);
  return r;
}

static void expect(const status_signer *by, const status_crl_parts *parts, qtls_err expected, qtls_err with_pqc) {
  status_bytes list = status_crl(by, parts);
  assert_err(judge_at(status_span(list), good, false, PKI_NOW).verdict, expected);
  assert_err(judge_at(status_span(list), good, true, PKI_NOW).verdict, with_pqc);
  q_free(list.der);
}

static status_signer issuer_of(const pki *p) {
  status_signer by = {.node = &p->node[PKI_INTERMEDIATE]};
  return by;
}

static void good_when_not_listed(void **state) {
  (void)state;
  status_signer by = issuer_of(good);
  status_bytes list = status_crl(&by, NULL);
  for (int pqc = 0; pqc < 2; pqc++) {
    qtls_status_result r = judge_at(status_span(list), good, pqc != 0, PKI_NOW);
    assert_ok(r.verdict);
    assert_true(r.pqc);
    assert_true(r.this_update == PKI_NOW - PKI_DAY && r.next_update == PKI_NOW + PKI_DAY);
  }
  q_free(list.der);
}

/* Every reason revokes, a hold too; removeFromCRL takes back (RFC 5280 §6.3.3). */
static void reasons(void **state) {
  (void)state;
  status_signer by = issuer_of(good);
  for (int reason = -1; reason <= 10; reason++) {
    uint8_t entry[128];
    uint8_t revoked[160];
    size_t n = status_entry(entry, good->node[PKI_LEAF].cert.serial, PKI_NOW - 5, reason);
    status_crl_parts parts = {.revoked = q_span_of(revoked, status_sequence(revoked, q_span_of(entry, n)))};
    status_bytes list = status_crl(&by, &parts);
    qtls_status_result r = judge_at(status_span(list), good, true, PKI_NOW);
    if (reason == 7) { /* not used */
      assert_err(r.verdict, QTLS_ERR_CRL_PARSE);
    } else if (reason == QTLS_REASON_removeFromCRL) {
      assert_ok(r.verdict);
    } else {
      assert_err(r.verdict, QTLS_ERR_CERT_REVOKED);
      assert_int_equal(r.reason, reason < 0 ? 0 : reason);
      assert_true(r.revoked_at == PKI_NOW - 5);
    }
    q_free(list.der);
  }
}

/* Two entries of one number: one that revokes is enough. */
static void repeated_entry(void **state) {
  (void)state;
  status_signer by = issuer_of(good);
  static const int orders[][2] = {{8, 1}, {1, 8}, {6, 1}, {1, 6}, {6, 8}};
  uint8_t until[32];
  const q_span ended = q_span_of(until, status_time(until, PKI_NOW - 1, false));
  for (size_t i = 0; i < Q_COUNT(orders); i++) {
    uint8_t entries[256];
    uint8_t revoked[300];
    q_span serial = good->node[PKI_LEAF].cert.serial;
    size_t n = status_entry(entries, serial, PKI_NOW - 5, orders[i][0]);
    n += status_entry(entries + n, serial, PKI_NOW - 5, orders[i][1]);
    status_crl_parts parts = {.revoked = q_span_of(revoked, status_sequence(revoked, q_span_of(entries, n)))};
    expect(&by, &parts, QTLS_ERR_CERT_REVOKED, QTLS_ERR_CERT_REVOKED);
    /* Of an old list a hold tells nothing, and what stands beside it does. */
    parts.next_update = ended;
    qtls_err old = i == 4 ? QTLS_ERR_CRL_STALE : QTLS_ERR_CERT_REVOKED;
    expect(&by, &parts, old, old);
  }
}

static void freshness(void **state) {
  (void)state;
  static const struct {
    int64_t this_update, next_update;
    qtls_err expected;
  } rows[] = {{PKI_NOW, PKI_NOW, QTLS_OK},
              {PKI_NOW + 300, PKI_NOW + PKI_DAY, QTLS_OK}, /* clocks differ */
              {PKI_NOW + 301, PKI_NOW + PKI_DAY, QTLS_ERR_CRL_STALE},
              {PKI_NOW - PKI_DAY, PKI_NOW - 1, QTLS_ERR_CRL_STALE},
              {PKI_NOW + 100, PKI_NOW + 50, QTLS_ERR_CRL_STALE},
              {PKI_NOW - PKI_DAY, 0, QTLS_ERR_CRL_STALE}}; /* it does not say how long */
  status_signer by = issuer_of(good);
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    uint8_t a[32];
    uint8_t b[32];
    status_crl_parts parts = {.this_update = q_span_of(a, status_time(a, rows[i].this_update, false)),
                              .next_update = status_absent};
    if (rows[i].next_update != 0) {
      parts.next_update = q_span_of(b, status_time(b, rows[i].next_update, i % 2 == 0));
    }
    expect(&by, &parts, rows[i].expected, rows[i].expected);
  }
}

/* The own signature must be right always; the alternative one where it is needed,
 * and wherever it can be looked at. */
static void signatures(void **state) {
  (void)state;
  uint8_t mldsa44[16];
  size_t n = unit_hex(mldsa44, sizeof mldsa44, "300b0609608648016503040313");
  const pki_node *theirs = &other->node[PKI_INTERMEDIATE];
  const struct {
    status_signer by;
    qtls_err expected, with_pqc;
  } rows[] = {
      {{.key = theirs->key}, QTLS_ERR_CRL_SIGNATURE, QTLS_ERR_CRL_SIGNATURE},
      {{.key = good->node[PKI_LEAF].key}, QTLS_ERR_CRL_SIGNATURE, QTLS_ERR_CRL_SIGNATURE},
      {{.key = classical->node[PKI_LEAF].key}, QTLS_ERR_CRL_SIGNATURE, QTLS_ERR_CRL_SIGNATURE},
      {{.no_alternative = true}, QTLS_OK, QTLS_ERR_STATUS_ALT},
      {{.alt_key = theirs->alt_key}, QTLS_ERR_STATUS_ALT, QTLS_ERR_STATUS_ALT},
      {{.alternative_of_nothing = true}, QTLS_ERR_STATUS_ALT, QTLS_ERR_STATUS_ALT},
      {{.cut_alternative = true}, QTLS_ERR_CRL_PARSE, QTLS_ERR_CRL_PARSE},
      {{.alt_algorithm = q_span_of(mldsa44, n)}, QTLS_ERR_CRL_PARSE, QTLS_ERR_CRL_PARSE},
      {{.alt_algorithm = q_span_of("\x30\x03\x06\x01\x2A", 5)}, QTLS_ERR_CRL_PARSE, QTLS_ERR_CRL_PARSE},
      {{.alt_algorithm = status_absent}, QTLS_ERR_CRL_PARSE, QTLS_ERR_CRL_PARSE},
  };
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    status_signer by = rows[i].by;
    by.node = &good->node[PKI_INTERMEDIATE];
    expect(&by, NULL, rows[i].expected, rows[i].with_pqc);
  }
}

/* A list of the leaf alone, from yesterday until `next_update`. */
static status_bytes revoking(const status_signer *by, int reason, int64_t this_update, int64_t next_update) {
  uint8_t entry[128];
  uint8_t revoked[160];
  uint8_t from[32];
  uint8_t until[32];
  size_t n = status_entry(entry, good->node[PKI_LEAF].cert.serial, PKI_NOW - 2 * PKI_DAY, reason);
  status_crl_parts parts = {.revoked = q_span_of(revoked, status_sequence(revoked, q_span_of(entry, n))),
                            .this_update = q_span_of(from, status_time(from, this_update, false)),
                            .next_update = q_span_of(until, status_time(until, next_update, false))};
  return status_crl(by, &parts);
}

/* Who has only an old list, or one without ML-DSA, still knows who was revoked: it
 * must not pass for nothing known, which soft-fail accepts. */
static void revocations_stay(void **state) {
  (void)state;
  const status_signer whole = issuer_of(good);
  status_signer half = whole;
  half.no_alternative = true;
  status_signer forged = whole;
  forged.key = other->node[PKI_INTERMEDIATE].key;
  status_signer wrong = whole;
  wrong.alt_key = other->node[PKI_INTERMEDIATE].alt_key;
  const struct {
    const status_signer *by;
    int reason;
    int64_t from, until;
    qtls_err expected;
  } rows[] = {
      {&half, 1, PKI_NOW - 60, PKI_NOW + 60, QTLS_ERR_CERT_REVOKED},
      {&half, QTLS_REASON_certificateHold, PKI_NOW - 60, PKI_NOW + 60, QTLS_ERR_CERT_REVOKED},
      {&whole, 1, PKI_NOW - 60, PKI_NOW - 1, QTLS_ERR_CERT_REVOKED},
      {&whole, -1, PKI_NOW - 99 * PKI_DAY, PKI_NOW - 98 * PKI_DAY, QTLS_ERR_CERT_REVOKED},
      {&half, 1, PKI_NOW - 60, PKI_NOW - 1, QTLS_ERR_CERT_REVOKED},
      {&whole, QTLS_REASON_certificateHold, PKI_NOW - 60, PKI_NOW - 1, QTLS_ERR_CRL_STALE}, /* it may have ended */
      {&whole, 1, PKI_NOW + 301, PKI_NOW + PKI_DAY, QTLS_ERR_CRL_STALE},
      {&forged, 1, PKI_NOW - 60, PKI_NOW - 1, QTLS_ERR_CRL_SIGNATURE},
      {&wrong, 1, PKI_NOW - 60, PKI_NOW + 60, QTLS_ERR_STATUS_ALT},
  };
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    status_bytes list = revoking(rows[i].by, rows[i].reason, rows[i].from, rows[i].until);
    for (int pqc = 0; pqc < 2; pqc++) {
      qtls_status_result r = judge_at(status_span(list), good, pqc != 0, PKI_NOW);
      assert_err(r.verdict, rows[i].expected);
      assert_int_equal(r.pqc, r.verdict == QTLS_ERR_CERT_REVOKED && rows[i].by == &whole);
    }
    q_free(list.der);
  }
}

/* An ML-DSA signature of another parameter set, named as what it is. */
static void another_parameter_set(void **state) {
  (void)state;
  q_privkey *big = NULL;
  assert_ok(q_crypto_privkey_generate(&big, Q_KEY_MLDSA87, 0));
  status_signer by = issuer_of(good);
  by.alt_key = big;
  expect(&by, NULL, QTLS_ERR_STATUS_ALT, QTLS_ERR_STATUS_ALT);
  q_crypto_privkey_free(big);
}

static void every_kind(void **state) {
  (void)state;
  const struct {
    const pki *p;
    bool pqc;
  } rows[] = {{good, true}, {pure, true}, {classical, false}};
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    status_signer by = issuer_of(rows[i].p);
    status_bytes list = status_crl(&by, NULL);
    qtls_status_result r = judge_at(status_span(list), rows[i].p, false, PKI_NOW);
    assert_ok(r.verdict);
    assert_int_equal(r.pqc, rows[i].pqc);
    r = judge_at(status_span(list), rows[i].p, true, PKI_NOW);
    assert_err(r.verdict, rows[i].pqc ? QTLS_OK : QTLS_ERR_STATUS_ALT);
    assert_int_equal(r.pqc, rows[i].pqc);
    q_free(list.der);
  }
}

static void another_issuer(void **state) {
  (void)state;
  uint8_t extension[128];
  uint8_t aki[24] = {0x30, 0x16, 0x80, 0x14};
  status_signer by = issuer_of(good);
  status_crl_parts parts = {.issuer = good->node[PKI_ROOT].cert.subject};
  expect(&by, &parts, QTLS_ERR_CRL_ISSUER, QTLS_ERR_CRL_ISSUER);
  /* The name is right, and the key identifier another's. */
  memcpy(aki + 4, other->node[PKI_INTERMEDIATE].cert.ski.p, 20);
  size_t n = status_extension(extension, Q_OID_AUTHORITY_KEY_ID, false, q_span_of(aki, 24));
  parts = (status_crl_parts){.extensions = q_span_of(extension, n)};
  expect(&by, &parts, QTLS_ERR_CRL_ISSUER, QTLS_ERR_CRL_ISSUER);
  /* A list of the root says nothing of what the intermediate issued. */
  status_signer root = {.node = &good->node[PKI_ROOT]};
  expect(&root, NULL, QTLS_ERR_CRL_ISSUER, QTLS_ERR_CRL_ISSUER);
}

/* The verdict of a list by the node on a certificate, both of any place. */
static qtls_err judge_node(q_span der, const pki_node *issuer, const q_cert *cert) {
  qtls_status_result r = {.verdict = QTLS_ERR_INTERNAL};
  q_crl crl;
  q_pubkey *key = NULL;
  assert_ok(q_pki_link_key(&key, issuer->cert.spki));
  q_dual_signer signer = {&issuer->cert, key, NULL};
  assert_ok(q_pki_crl_parse(&crl, der));
  assert_ok(q_pki_crl_judge(&r, &crl, cert, &signer, false, PKI_NOW));
  q_pki_crl_free(&crl);
  q_crypto_pubkey_free(key);
  return r.verdict;
}

/* A list by one authority about a certificate of another; a list about authorities
 * and one about users, for an authority. */
static void authorities(void **state) {
  (void)state;
  static const struct {
    const char *scope;
    qtls_err expected;
  } rows[] = {{"30038101ff", QTLS_ERR_CRL_CRITICAL}, {"30038201ff", QTLS_OK}, {"3000", QTLS_OK}};
  const pki_node *root = &classical->node[PKI_ROOT];
  const pki_node *middle = &classical->node[PKI_INTERMEDIATE];
  status_signer by = {.node = middle};
  status_bytes list = status_crl(&by, NULL);
  assert_err(judge_node(status_span(list), middle, &middle->cert), QTLS_ERR_CRL_ISSUER);
  assert_ok(judge_node(status_span(list), middle, &classical->node[PKI_LEAF].cert));
  q_free(list.der);
  by.node = root;
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    uint8_t value[16];
    uint8_t extension[64];
    size_t n = unit_hex(value, sizeof value, rows[i].scope);
    n = status_extension(extension, Q_OID_CRL_SCOPE, true, q_span_of(value, n));
    status_crl_parts parts = {.extensions = q_span_of(extension, n)};
    list = status_crl(&by, &parts);
    assert_err(judge_node(status_span(list), root, &middle->cert), rows[i].expected);
    q_free(list.der);
  }
}

static void no_crl_sign(void *context, q_issue *what, pki_level level, const pki *so_far) {
  (void)context;
  (void)so_far;
  if (level == PKI_INTERMEDIATE) {
    what->key_usage = Q_KU_CERT_SIGN;
  }
}

/* RFC 5280 §6.3.3 f. */
static void issuer_without_crl_sign(void **state) {
  (void)state;
  pki_options options = {.adjust = no_crl_sign};
  pki *p = pki_make("p256", &options);
  status_signer by = issuer_of(p);
  status_bytes list = status_crl(&by, NULL);
  assert_err(judge_at(status_span(list), p, false, PKI_NOW).verdict, QTLS_ERR_CRL_ISSUER);
  q_free(list.der);
  pki_free(p);
}

/* Extensions of the list: `scope` bytes are the value of issuingDistributionPoint. */
static void extensions(void **state) {
  (void)state;
  static const struct {
    q_oid oid;
    bool critical;
    const char *value;
    qtls_err expected;
  } rows[] = {
      {Q_OID_UNKNOWN, true, "0500", QTLS_ERR_CRL_CRITICAL},
      {Q_OID_UNKNOWN, false, "0500", QTLS_OK},
      {Q_OID_CRL_DELTA, true, "020101", QTLS_ERR_CRL_CRITICAL},
      {Q_OID_CRL_DELTA, false, "020101", QTLS_ERR_CRL_CRITICAL},
      {Q_OID_CRL_SCOPE, true, "3000", QTLS_OK},
      {Q_OID_CRL_SCOPE, true, "30038101ff", QTLS_OK},               /* users, and the leaf is one */
      {Q_OID_CRL_SCOPE, true, "30038201ff", QTLS_ERR_CRL_CRITICAL}, /* authorities */
      {Q_OID_CRL_SCOPE, true, "30068101ff8201ff", QTLS_ERR_CRL_PARSE},
      {Q_OID_CRL_SCOPE, true, "300483020560", QTLS_ERR_CRL_CRITICAL},           /* some reasons */
      {Q_OID_CRL_SCOPE, true, "30038401ff", QTLS_ERR_CRL_CRITICAL},             /* indirect */
      {Q_OID_CRL_SCOPE, true, "30038501ff", QTLS_ERR_CRL_CRITICAL},             /* attributes */
      {Q_OID_CRL_SCOPE, true, "3003810100", QTLS_ERR_CRL_PARSE},                /* FALSE is not written */
      {Q_OID_CRL_SCOPE, true, "3009a007a0058603612f62", QTLS_ERR_CRL_CRITICAL}, /* a point not of the leaf's */
      {Q_OID_CRL_SCOPE, true, "3006a004a1020500", QTLS_ERR_CRL_CRITICAL},       /* a relative name */
      {Q_OID_CRL_SCOPE, true, "3004a002a100", QTLS_ERR_CRL_PARSE},              /* of nothing */
      {Q_OID_CRL_SCOPE, true, "3004a002a000", QTLS_ERR_CRL_PARSE},
      {Q_OID_CRL_SCOPE, true, "3002a000", QTLS_ERR_CRL_PARSE},
      {Q_OID_CRL_SCOPE, true, "3007a005a0038e0161", QTLS_ERR_CRL_PARSE}, /* no GeneralName */
      {Q_OID_CRL_SCOPE, true, "30028300", QTLS_ERR_CRL_PARSE},           /* reasons without a bit string */
      {Q_OID_CRL_SCOPE, true, "300", QTLS_ERR_CRL_PARSE},
      {Q_OID_CRL_NUMBER, false, "020100", QTLS_OK},
      {Q_OID_CRL_NUMBER, false, "0214ff00000000000000000000000000000000000000", QTLS_ERR_CRL_PARSE}, /* negative */
      {Q_OID_CRL_NUMBER, false, "02147f00000000000000000000000000000000000000", QTLS_OK},
      {Q_OID_CRL_NUMBER, false, "02157f0000000000000000000000000000000000000000", QTLS_ERR_CRL_PARSE},
      {Q_OID_CRL_NUMBER, false, "02020001", QTLS_ERR_CRL_PARSE},
      {Q_OID_AUTHORITY_KEY_ID, false, "30028000", QTLS_ERR_CRL_PARSE},
      {Q_OID_AUTHORITY_KEY_ID, false, "3000", QTLS_OK},
      {Q_OID_AUTHORITY_KEY_ID, false, "0500", QTLS_ERR_CRL_PARSE},
      {Q_OID_AUTHORITY_KEY_ID, false, "30020500", QTLS_ERR_CRL_PARSE},
      {Q_OID_AUTHORITY_KEY_ID, false, "3003820105", QTLS_ERR_CRL_PARSE}, /* a number without a name */
  };
  status_signer by = issuer_of(good);
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    uint8_t value[64];
    uint8_t extension[160];
    size_t n = unit_hex(value, sizeof value, rows[i].value);
    n = status_extension(extension, rows[i].oid, rows[i].critical, q_span_of(value, n));
    status_crl_parts parts = {.extensions = q_span_of(extension, n)};
    expect(&by, &parts, rows[i].expected, rows[i].expected);
    /* The same twice is malformed, whatever it is. */
    memcpy(extension + n, extension, n);
    parts.extensions.n = 2 * n;
    expect(&by, &parts, QTLS_ERR_CRL_PARSE, QTLS_ERR_CRL_PARSE);
  }
}

static void with_points(void *context, q_issue *what, pki_level level, const pki *so_far) {
  static const char *const urls[] = {"http://a.test/1.crl", "http://a.test/2.crl"};
  (void)context;
  (void)so_far;
  if (level == PKI_LEAF) {
    what->crl_urls = (q_texts){urls, 2};
  }
}

/* A part of a whole: only where the certificate names it (RFC 5280 §6.3.3 b 2). */
static void distribution_points(void **state) {
  (void)state;
  static const struct {
    const char *url;
    qtls_err expected;
  } rows[] = {{"http://a.test/1.crl", QTLS_OK},
              {"http://a.test/2.crl", QTLS_OK},
              {"http://a.test/3.crl", QTLS_ERR_CRL_CRITICAL},
              {"http://a.test/1.cr", QTLS_ERR_CRL_CRITICAL}};
  pki_options options = {.adjust = with_points};
  pki *p = pki_make("p256", &options);
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    uint8_t value[64] = {0x30, 0, 0xA0, 0, 0xA0, 0, 0x86, 0};
    uint8_t extension[128];
    size_t n = strlen(rows[i].url);
    for (size_t k = 0; k < 4; k++) {
      value[2 * k + 1] = (uint8_t)(n + 6 - 2 * k);
    }
    memcpy(value + 8, rows[i].url, n);
    n = status_extension(extension, Q_OID_CRL_SCOPE, true, q_span_of(value, n + 8));
    status_crl_parts parts = {.extensions = q_span_of(extension, n)};
    status_signer by = issuer_of(p);
    status_bytes list = status_crl(&by, &parts);
    assert_err(judge_at(status_span(list), p, false, PKI_NOW).verdict, rows[i].expected);
    q_free(list.der);
  }
  pki_free(p);
}

/* Extensions of an entry, of another certificate's: they decide about the list. */
static void entry_extensions(void **state) {
  (void)state;
  static const struct {
    q_oid oid;
    bool critical;
    const char *value;
    qtls_err expected;
  } rows[] = {{Q_OID_UNKNOWN, true, "0500", QTLS_ERR_CRL_CRITICAL},
              {Q_OID_UNKNOWN, false, "180f32303236313132343030303030305a", QTLS_OK},
              {Q_OID_CRL_ENTRY_ISSUER, true, "3000", QTLS_ERR_CRL_CRITICAL},
              {Q_OID_CRL_ENTRY_ISSUER, false, "3000", QTLS_ERR_CRL_CRITICAL},
              {Q_OID_CRL_REASON, false, "0a0101", QTLS_OK},
              {Q_OID_CRL_REASON, false, "0a010b", QTLS_ERR_CRL_PARSE},
              {Q_OID_CRL_REASON, false, "0a020001", QTLS_ERR_CRL_PARSE},
              {Q_OID_CRL_REASON, false, "020101", QTLS_ERR_CRL_PARSE}};
  static const uint8_t serial[] = {0x02, 0x01, 0x05};
  status_signer by = issuer_of(good);
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    uint8_t value[64];
    uint8_t extension[160];
    uint8_t list[200];
    uint8_t entry[300];
    uint8_t whole[320];
    uint8_t revoked[340];
    size_t n = unit_hex(value, sizeof value, rows[i].value);
    n = status_extension(extension, rows[i].oid, rows[i].critical, q_span_of(value, n));
    size_t list_n = status_sequence(list, q_span_of(extension, n));
    memcpy(entry, serial, sizeof serial);
    size_t entry_n = sizeof serial + status_time(entry + sizeof serial, PKI_NOW, false);
    memcpy(entry + entry_n, list, list_n);
    size_t whole_n = status_sequence(whole, q_span_of(entry, entry_n + list_n));
    status_crl_parts parts = {.revoked = q_span_of(revoked, status_sequence(revoked, q_span_of(whole, whole_n)))};
    expect(&by, &parts, rows[i].expected, rows[i].expected);
  }
}

static void malformed(void **state) {
  (void)state;
  uint8_t bytes[8];
  const q_span cases[] = {status_absent, q_span_of("\x02\x01\x00", 3), q_span_of("\x02\x01\x02", 3),
                          q_span_of("\x02\x02\x00\x01", 4)};
  status_signer by = issuer_of(good);
  for (size_t i = 0; i < Q_COUNT(cases); i++) { /* version 2, or nothing */
    status_crl_parts parts = {.version = cases[i]};
    expect(&by, &parts, QTLS_ERR_CRL_PARSE, QTLS_ERR_CRL_PARSE);
  }
  size_t n = unit_hex(bytes, sizeof bytes, "3000");
  status_crl_parts parts = {.revoked = q_span_of(bytes, n)}; /* empty: it must be absent */
  expect(&by, &parts, QTLS_ERR_CRL_PARSE, QTLS_ERR_CRL_PARSE);
  parts = (status_crl_parts){.trailing = q_span_of("\x05\x00", 2)};
  status_signer plain = by;
  plain.no_alternative = true;
  expect(&plain, &parts, QTLS_ERR_CRL_PARSE, QTLS_ERR_CRL_PARSE);
  /* The algorithm inside differs from the one outside (RFC 5280 §5.1.1.2). */
  parts = (status_crl_parts){.algorithm = pure->node[PKI_LEAF].cert.sig_alg};
  expect(&by, &parts, QTLS_ERR_CRL_PARSE, QTLS_ERR_CRL_PARSE);
  parts = (status_crl_parts){.this_update = status_absent, .next_update = status_absent};
  expect(&by, &parts, QTLS_ERR_CRL_PARSE, QTLS_ERR_CRL_PARSE);
}

/* Cut anywhere, or one byte longer: never read. */
static void cut_short(void **state) {
  (void)state;
  status_signer by = issuer_of(classical);
  status_bytes list = status_crl(&by, NULL);
  for (size_t n = 0; n <= list.n + 1; n++) {
    q_crl crl;
    uint8_t *copy = q_alloc(n + 1);
    memcpy(copy, list.der, n < list.n ? n : list.n);
    assert_err(q_pki_crl_parse(&crl, q_span_of(copy, n)), n == list.n ? QTLS_OK : QTLS_ERR_CRL_PARSE);
    q_pki_crl_free(&crl);
    q_free(copy);
  }
  q_free(list.der);
}

/* No bit may be flipped without the list losing its say. */
static void flipped_bits(void **state) {
  (void)state;
  status_signer by = issuer_of(good);
  status_bytes list = status_crl(&by, NULL);
  for (size_t i = 0; i < list.n; i += i < 400 ? 1 : 61) {
    list.der[i] ^= (uint8_t)(1U << (i & 7));
    qtls_status_result r = judge_at(status_span(list), good, true, PKI_NOW);
    assert_true(r.verdict != QTLS_OK && r.verdict != QTLS_ERR_CERT_REVOKED);
    list.der[i] ^= (uint8_t)(1U << (i & 7));
  }
  assert_ok(judge_at(status_span(list), good, true, PKI_NOW).verdict);
  q_free(list.der);
}

/* A list that is kept is verified once per issuer, and never for another's keys. */
static void remembered(void **state) {
  (void)state;
  const pki_node *issuer = &good->node[PKI_INTERMEDIATE];
  const q_cert *leaf = &good->node[PKI_LEAF].cert;
  status_signer by = issuer_of(good);
  status_bytes list = status_crl(&by, NULL);
  q_crl crl;
  q_pubkey *key = NULL;
  q_pubkey *alt_key = NULL;
  q_pubkey *wrong = NULL;
  assert_ok(q_pki_link_key(&key, issuer->cert.spki));
  assert_ok(q_pki_link_key(&alt_key, issuer->cert.alt_spki));
  assert_ok(q_pki_link_key(&wrong, other->node[PKI_INTERMEDIATE].cert.spki));
  assert_ok(q_pki_crl_parse(&crl, status_span(list)));
  q_crl_memo memo = {0};
  crl.memo = &memo;
  q_cert forged = issuer->cert; /* the same name and identifier, another key */
  forged.spki = other->node[PKI_INTERMEDIATE].cert.spki;
  const q_dual_signer right = {&issuer->cert, key, alt_key};
  const q_dual_signer half = {&issuer->cert, key, NULL};
  const q_dual_signer stranger = {&forged, wrong, alt_key};
  qtls_status_result r;
  /* What was refused is not remembered. */
  assert_ok(q_pki_crl_judge(&r, &crl, leaf, &stranger, true, PKI_NOW));
  assert_err(r.verdict, QTLS_ERR_CRL_SIGNATURE);
  assert_int_equal(memo.state, 0);
  assert_ok(q_pki_crl_judge(&r, &crl, leaf, &right, true, PKI_NOW));
  assert_true(r.verdict == QTLS_OK && r.pqc && memo.state == 2);
  /* From here on the bytes of the signature are not looked at for this issuer ... */
  list.der[list.n - 1] ^= 1;
  assert_ok(q_pki_crl_judge(&r, &crl, leaf, &right, true, PKI_NOW));
  assert_true(r.verdict == QTLS_OK && r.pqc);
  /* ... and for no other; and the rules hold as ever. */
  assert_ok(q_pki_crl_judge(&r, &crl, leaf, &half, false, PKI_NOW));
  assert_err(r.verdict, QTLS_ERR_CRL_SIGNATURE);
  assert_ok(q_pki_crl_judge(&r, &crl, leaf, &stranger, false, PKI_NOW));
  assert_err(r.verdict, QTLS_ERR_CRL_SIGNATURE);
  assert_ok(q_pki_crl_judge(&r, &crl, leaf, &right, true, PKI_NOW + 2 * PKI_DAY));
  assert_err(r.verdict, QTLS_ERR_CRL_STALE);
  q_pki_crl_free(&crl);
  q_crypto_pubkey_free(key);
  q_crypto_pubkey_free(alt_key);
  q_crypto_pubkey_free(wrong);
  q_free(list.der);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(good_when_not_listed),
      cmocka_unit_test(reasons),
      cmocka_unit_test(repeated_entry),
      cmocka_unit_test(freshness),
      cmocka_unit_test(signatures),
      cmocka_unit_test(revocations_stay),
      cmocka_unit_test(another_parameter_set),
      cmocka_unit_test(every_kind),
      cmocka_unit_test(another_issuer),
      cmocka_unit_test(authorities),
      cmocka_unit_test(issuer_without_crl_sign),
      cmocka_unit_test(extensions),
      cmocka_unit_test(distribution_points),
      cmocka_unit_test(entry_extensions),
      cmocka_unit_test(malformed),
      cmocka_unit_test(cut_short),
      cmocka_unit_test(flipped_bits),
      cmocka_unit_test(remembered),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
