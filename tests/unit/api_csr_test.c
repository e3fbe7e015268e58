/* Requests (qtls/pki.h): made, read, proved, signed; and every way in which one
 * does not prove what it should. */
#include <openssl/bytestring.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/pki_objects.h"
#include "pki/algorithm.h"
#include "pki/cert_parts.h"
#include "pki/csr.h"
#include "pki/pem.h"

#include "unit/unit.h"

#define NOW INT64_C(1795500000)
#define YEAR INT64_C(31536000)
#define SET0 (CBS_ASN1_CONTEXT_SPECIFIC | CBS_ASN1_CONSTRUCTED | 0)

static const char *const names[] = {"localhost", "IP:127.0.0.1", "email:ops@example.com"};

static qtls_cert_request wishes(void) {
  const qtls_cert_request r = {.role = QTLS_CERT_server,
                               .common_name = "Wei\xC3\x9F",
                               .organization = "Org, \"Unit\"",
                               .names = names,
                               .name_count = Q_COUNT(names),
                               .must_staple = true};
  return r;
}

typedef struct made {
  qtls_key *key;
  char *pem;
  size_t pem_n;
  uint8_t *der;
  size_t n;
} made;

static made make(const char *kind, const qtls_cert_request *r) {
  made m = {0};
  size_t line = 0;
  q_pem_block block;
  assert_ok(qtls_key_generate(&m.key, kind));
  assert_ok(qtls_csr_make(&m.pem, &m.pem_n, r, m.key));
  q_pem_reader reader = q_pki_pem_reader(q_span_of(m.pem, m.pem_n));
  assert_ok(q_pki_pem_next(&block, &reader));
  assert_true(q_pki_pem_is(&block, "CERTIFICATE REQUEST"));
  assert_ok(q_pki_pem_decode(&m.der, &m.n, &line, &block));
  return m;
}

static void drop(made *m) {
  qtls_key_free(m->key);
  qtls_pki_free(m->pem);
  q_free(m->der);
}

static void expect(const void *file, size_t n, qtls_err expected) {
  qtls_csr *csr = (qtls_csr *)1;
  assert_err(qtls_csr_load(&csr, NULL, file, n), expected);
  if (expected != QTLS_OK) {
    assert_null(csr);
  } else {
    qtls_csr_free(csr);
  }
}

static char *root_pem;
static size_t root_n;
static qtls_key *root_key;

static void make_root(const char *kind) {
  const qtls_cert_request r = {
      .role = QTLS_CERT_authority, .common_name = "Root", .not_before = NOW - YEAR, .not_after = NOW + 10 * YEAR};
  assert_ok(qtls_key_generate(&root_key, kind));
  assert_ok(qtls_cert_issue(&root_pem, &root_n, &r, root_key, NULL, 0, NULL));
}

static void drop_root(void) {
  qtls_pki_free(root_pem);
  qtls_key_free(root_key);
}

static qtls_err sign(qtls_cert **out, const qtls_cert_request *decided, const qtls_csr *csr) {
  char *pem = (char *)1;
  size_t n = 0;
  *out = NULL;
  qtls_err err = qtls_cert_sign(&pem, &n, decided, csr, root_pem, root_n, root_key);
  if (err == QTLS_OK) {
    assert_ok(qtls_cert_load_pem(out, NULL, pem, n, 0));
  } else {
    assert_null(pem);
  }
  qtls_pki_free(pem);
  return err;
}

/* Through request and signature the keys stay what they were, for every kind. */
static void every_kind(void **state) {
  (void)state;
  make_root("hybrid");
  const qtls_cert_request r = wishes();
  const qtls_cert_request decided = {.role = QTLS_CERT_client, .not_before = NOW, .not_after = NOW + YEAR};
  const char *kind = NULL;
  for (size_t i = 0; (kind = qtls_key_kind_name(i, NULL)) != NULL; i++) {
    made m = make(kind, &r);
    qtls_csr *csr = NULL;
    qtls_cert *cert = NULL;
    assert_ok(qtls_csr_load(&csr, NULL, m.pem, m.pem_n));
    expect(m.der, m.n, QTLS_OK);
    const qtls_csr_info *info = qtls_csr_read(csr);
    assert_string_equal(info->subject, "CN=Wei\xC3\x9F,O=Org\\, \\\"Unit\\\"");
    assert_string_equal(info->common_name, "Wei\xC3\x9F");
    assert_string_equal(info->organization, "Org, \"Unit\"");
    assert_int_equal(info->name_count, 3);
    assert_string_equal(info->names[0], "DNS:localhost");
    assert_string_equal(info->names[2], "email:ops@example.com");
    assert_true(info->must_staple && !info->is_authority);
    assert_string_equal(info->key_type, qtls_key_type(m.key, false, NULL));
    assert_int_equal(info->alt_key_type != NULL, m.key->alt != NULL);
    assert_ok(sign(&cert, &decided, csr));
    const qtls_cert_info *c = qtls_cert_read(cert);
    assert_string_equal(c->subject, info->subject);
    assert_int_equal(c->name_count, 3);
    assert_string_equal(c->ext_key_usage, "clientAuth"); /* the issuer's word, not the request's */
    assert_false(c->must_staple);
    assert_string_equal(c->key_sha256, info->key_sha256);
    if (info->alt_key_type != NULL) {
      assert_string_equal(c->alt_key_type, info->alt_key_type);
      assert_string_equal(c->alt_key_sha256, info->alt_key_sha256);
    }
    qtls_cert_free(cert);
    qtls_csr_free(csr);
    drop(&m);
  }
  drop_root();
}

static void authority(void **state) {
  (void)state;
  const qtls_cert_request r = {.role = QTLS_CERT_authority, .common_name = "Middle"};
  made m = make("p384", &r);
  qtls_csr *csr = NULL;
  assert_ok(qtls_csr_load(&csr, NULL, m.pem, m.pem_n));
  assert_true(qtls_csr_read(csr)->is_authority);
  assert_int_equal(qtls_csr_read(csr)->name_count, 0);
  assert_null(qtls_csr_read(csr)->organization);
  qtls_csr_free(csr);
  drop(&m);
}

static void what_is_decided(void **state) {
  (void)state;
  make_root("p256");
  static const char *const other[] = {"other.test"};
  qtls_cert_request r = wishes();
  made m = make("hybrid", &r);
  qtls_csr *csr = NULL;
  qtls_cert *cert = NULL;
  qtls_cert_request decided = {.role = QTLS_CERT_server, .not_before = NOW, .not_after = NOW + YEAR};
  assert_ok(qtls_csr_load(&csr, NULL, m.pem, m.pem_n));
  assert_err(sign(&cert, &decided, csr), QTLS_ERR_CERT_ALT_MISSING); /* a hybrid subject, a classical issuer */
  qtls_csr_free(csr);
  drop(&m);
  m = make("p256", &r);
  assert_ok(qtls_csr_load(&csr, NULL, m.pem, m.pem_n));
  decided.common_name = "Decided";
  decided.organization = "Else";
  decided.names = other;
  decided.name_count = 1;
  decided.must_staple = true;
  assert_ok(sign(&cert, &decided, csr));
  assert_string_equal(qtls_cert_read(cert)->subject, "CN=Decided,O=Else");
  assert_int_equal(qtls_cert_read(cert)->name_count, 1);
  assert_true(qtls_cert_read(cert)->must_staple);
  qtls_cert_free(cert);
  char *pem = NULL;
  assert_err(qtls_cert_sign(&pem, NULL, &decided, csr, NULL, 0, root_key), QTLS_ERR_ARGUMENT);
  qtls_csr_free(csr);
  drop(&m);
  drop_root();
}

/* Without a common name: names are enough, nothing is not. */
static void nameless(void **state) {
  (void)state;
  make_root("p256");
  qtls_cert_request r = wishes();
  r.common_name = r.organization = NULL;
  made m = make("p256", &r);
  qtls_csr *csr = NULL;
  qtls_cert *cert = NULL;
  qtls_cert_request decided = {.role = QTLS_CERT_server, .not_before = NOW, .not_after = NOW + YEAR};
  assert_ok(qtls_csr_load(&csr, NULL, m.pem, m.pem_n));
  assert_ok(sign(&cert, &decided, csr));
  assert_string_equal(qtls_cert_read(cert)->subject, "");
  assert_true(qtls_cert_has_name(cert, "localhost"));
  qtls_cert_free(cert);
  decided.role = QTLS_CERT_authority;
  assert_err(sign(&cert, &decided, csr), QTLS_ERR_ARGUMENT);
  decided.role = QTLS_CERT_server;
  decided.names = names;
  decided.name_count = 0; /* none, not those of the request */
  assert_err(sign(&cert, &decided, csr), QTLS_ERR_ARGUMENT);
  qtls_csr_free(csr);
  char *pem = NULL;
  r.name_count = 0;
  assert_err(qtls_csr_make(&pem, NULL, &r, m.key), QTLS_ERR_ARGUMENT);
  assert_null(pem);
  drop(&m);
  drop_root();
}

/* ---- requests put together by hand ---- */

typedef struct change {
  q_oid skip;         /* an attribute that is left out */
  q_span more;        /* Attributes that are added */
  q_span subject;     /* another Name */
  const q_privkey *by; /* another key signs */
  q_span algorithm;   /* another AlgorithmIdentifier */
  uint8_t version;
} change;

static size_t rebuild(uint8_t *out, size_t cap, const made *m, change c) {
  q_csr csr;
  CBS info, attributes;
  CBB cbb, seq, set, bits;
  static uint8_t fresh[20000];
  uint8_t sig[512];
  size_t fresh_n = 0, sig_n = 0, n = 0;
  assert_ok(q_pki_csr_parse(&csr, q_span_of(m->der, m->n)));
  assert_true(q_pki_der_only(&info, csr.info, CBS_ASN1_SEQUENCE));
  for (int i = 0; i < 3; i++) {
    CBS element;
    assert_true(CBS_get_any_asn1_element(&info, &element, NULL, NULL));
  }
  q_span subject = c.subject.n > 0 ? c.subject : csr.subject;
  assert_true(CBS_get_asn1(&info, &attributes, SET0) && CBB_init_fixed(&cbb, fresh, sizeof fresh) &&
              CBB_add_asn1(&cbb, &seq, CBS_ASN1_SEQUENCE) && CBB_add_asn1_uint64(&seq, c.version) &&
              CBB_add_bytes(&seq, subject.p, subject.n) && CBB_add_bytes(&seq, csr.spki.p, csr.spki.n) &&
              CBB_add_asn1(&seq, &set, SET0));
  while (CBS_len(&attributes) > 0) {
    q_span whole, id;
    CBS inside;
    q_oid oid = Q_OID_UNKNOWN;
    assert_true(q_pki_take(&whole, &attributes, CBS_ASN1_SEQUENCE) &&
                q_pki_der_only(&inside, whole, CBS_ASN1_SEQUENCE) && q_pki_der_oid(&oid, &id, &inside));
    assert_true(oid == c.skip || CBB_add_bytes(&set, whole.p, whole.n));
  }
  assert_true(CBB_add_bytes(&set, c.more.p, c.more.n) && CBB_finish(&cbb, NULL, &fresh_n));
  const q_privkey *key = c.by != NULL ? c.by : m->key->key;
  q_sig_alg alg = q_pki_algorithm_of_key(q_crypto_privkey_type(key));
  assert_ok(q_crypto_sign(key, sig, &sig_n, sizeof sig, alg, q_span_of(fresh, fresh_n)));
  q_span algorithm = c.algorithm.n > 0 ? c.algorithm : csr.sig_alg;
  assert_true(CBB_init_fixed(&cbb, out, cap) && CBB_add_asn1(&cbb, &seq, CBS_ASN1_SEQUENCE) &&
              CBB_add_bytes(&seq, fresh, fresh_n) && CBB_add_bytes(&seq, algorithm.p, algorithm.n) &&
              CBB_add_asn1(&seq, &bits, CBS_ASN1_BITSTRING) && CBB_add_u8(&bits, 0) &&
              CBB_add_bytes(&bits, sig, sig_n) && CBB_finish(&cbb, NULL, &n));
  return n;
}

static void expect_change(const made *m, change c, qtls_err expected) {
  static uint8_t der[20000];
  size_t n = rebuild(der, sizeof der, m, c);
  expect(der, n, expected);
}

/* One of 72, 73, 74 with the value given, beside what the request has. */
static void expect_instead(const made *m, q_oid oid, q_span value, qtls_err expected) {
  static uint8_t attribute[20000];
  CBB cbb, seq, o, set;
  q_span id = q_pki_oid_bytes(oid);
  change c = {.skip = oid};
  assert_true(CBB_init_fixed(&cbb, attribute, sizeof attribute) && CBB_add_asn1(&cbb, &seq, CBS_ASN1_SEQUENCE) &&
              CBB_add_asn1(&seq, &o, CBS_ASN1_OBJECT) && CBB_add_bytes(&o, id.p, id.n) &&
              CBB_add_asn1(&seq, &set, CBS_ASN1_SET) && CBB_add_bytes(&set, value.p, value.n) &&
              CBB_finish(&cbb, NULL, &c.more.n));
  c.more.p = attribute;
  expect_change(m, c, expected);
}

static void possession(void **state) {
  (void)state;
  const qtls_cert_request r = wishes();
  made m = make("hybrid", &r), other = make("hybrid", &r);
  q_csr mine, theirs;
  assert_ok(q_pki_csr_parse(&mine, q_span_of(m.der, m.n)));
  assert_ok(q_pki_csr_parse(&theirs, q_span_of(other.der, other.n)));
  expect_change(&m, (change){0}, QTLS_OK);
  expect_change(&m, (change){.by = other.key->key}, QTLS_ERR_CSR_SIGNATURE);
  /* Half of the alternative proof is none. */
  expect_change(&m, (change){.skip = Q_OID_ALT_SPKI}, QTLS_ERR_CSR_ALT_SIGNATURE);
  expect_change(&m, (change){.skip = Q_OID_ALT_SIG_ALG}, QTLS_ERR_CSR_ALT_SIGNATURE);
  expect_change(&m, (change){.skip = Q_OID_ALT_SIGNATURE}, QTLS_ERR_CSR_ALT_SIGNATURE);
  /* What the alternative signature covers is not to be changed by the classical key alone. */
  expect_change(&m, (change){.skip = Q_OID_EXTENSION_REQUEST}, QTLS_ERR_CSR_ALT_SIGNATURE);
  expect_change(&m, (change){.subject = q_span_of("\x30\x00", 2)}, QTLS_ERR_CSR_ALT_SIGNATURE);
  /* Another's alternative key, with another's signature or one's own. */
  expect_instead(&m, Q_OID_ALT_SPKI, theirs.alt_spki, QTLS_ERR_CSR_ALT_SIGNATURE);
  static uint8_t bits[4000];
  memcpy(bits, "\x03\x82\x0C\xEE\x00", 5);
  memcpy(bits + 5, theirs.alt_signature.p, 3309);
  expect_instead(&m, Q_OID_ALT_SIGNATURE, q_span_of(bits, 5 + 3309), QTLS_ERR_CSR_ALT_SIGNATURE);
  memcpy(bits + 5, mine.alt_signature.p, 3309);
  expect_instead(&m, Q_OID_ALT_SIGNATURE, q_span_of(bits, 5 + 3309), QTLS_OK);
  bits[3]--; /* a byte short */
  expect_instead(&m, Q_OID_ALT_SIGNATURE, q_span_of(bits, 4 + 3309), QTLS_ERR_CSR_ALT_SIGNATURE);
  /* Not ML-DSA, or of two sizes. */
  expect_instead(&m, Q_OID_ALT_SPKI, mine.spki, QTLS_ERR_CSR_ALT_SIGNATURE);
  expect_instead(&m, Q_OID_ALT_SIG_ALG, mine.sig_alg, QTLS_ERR_CSR_ALT_SIGNATURE);
  uint8_t mldsa87[13];
  assert_int_equal(mine.alt_sig_alg.n, sizeof mldsa87);
  memcpy(mldsa87, mine.alt_sig_alg.p, sizeof mldsa87);
  mldsa87[12] = 0x13;
  expect_instead(&m, Q_OID_ALT_SIG_ALG, q_span_of(mldsa87, sizeof mldsa87), QTLS_ERR_CSR_ALT_SIGNATURE);
  drop(&m);
  drop(&other);
}

static void expect_more(const made *m, const char *hex, qtls_err expected) {
  uint8_t more[2048];
  expect_change(m, (change){.more = q_span_of(more, unit_hex(more, sizeof more, hex))}, expected);
}

static void shapes(void **state) {
  (void)state;
  const qtls_cert_request r = {.role = QTLS_CERT_server, .common_name = "x"};
  made m = make("p256", &r);
  static uint8_t sha1[] = {0x30, 0x09, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x01};
  static uint8_t none[] = {0x30, 0x05, 0x06, 0x03, 0x2A, 0x03, 0x04};
  expect_change(&m, (change){.version = 1}, QTLS_ERR_CSR_PARSE);
  expect_change(&m, (change){.subject = q_span_of("\x30\x02\x30\x00", 4)}, QTLS_ERR_CSR_PARSE);
  expect_change(&m, (change){.algorithm = q_span_of(sha1, sizeof sha1)}, QTLS_ERR_CERT_WEAK);
  expect_change(&m, (change){.algorithm = q_span_of(none, sizeof none)}, QTLS_ERR_CERT_ALGORITHM);
  expect_change(&m, (change){.skip = Q_OID_EXTENSION_REQUEST}, QTLS_OK);
  expect_more(&m, "300c06032a03043103020101" "0500", QTLS_ERR_CSR_PARSE);
  expect_more(&m, "300a06032a03043103020101", QTLS_OK); /* an attribute nobody knows */
  expect_more(&m, "300d06032a03043106020101020102", QTLS_OK);
  expect_more(&m, "300a06032a03043103020101" "300a06032a03043103020101", QTLS_ERR_CSR_PARSE); /* twice */
  expect_more(&m, "300706032a03043100", QTLS_ERR_CSR_PARSE);                                  /* no value */
  expect_more(&m, "300506032a0304", QTLS_ERR_CSR_PARSE);
  expect_more(&m, "300d06092a864886f70d01090e3100", QTLS_ERR_CSR_PARSE); /* a second extensionRequest */
  const change bare = {.skip = Q_OID_EXTENSION_REQUEST};
  static const struct {
    const char *hex;
    qtls_err expected;
  } requests[] = {
      {"300f06092a864886f70d01090e31023000", QTLS_OK},                                /* asks for nothing */
      {"301106092a864886f70d01090e310430003000", QTLS_ERR_CSR_PARSE},                 /* two lists */
      {"301106092a864886f70d01090e310430020500", QTLS_ERR_CSR_PARSE},                 /* no extension */
      {"301b06092a864886f70d01090e310e300c300a0603551d11040330010" "0", QTLS_ERR_CSR_PARSE}, /* malformed names */
  };
  for (size_t i = 0; i < Q_COUNT(requests); i++) {
    uint8_t more[64];
    change c = bare;
    c.more = q_span_of(more, unit_hex(more, sizeof more, requests[i].hex));
    expect_change(&m, c, requests[i].expected);
  }
  uint8_t longer[2000];
  memcpy(longer, m.der, m.n);
  longer[m.n] = 0;
  expect(longer, m.n + 1, QTLS_ERR_CSR_PARSE);
  drop(&m);
}

/* Names that a terminal would suffer from are shown escaped, and not signed. */
static void odd_names(void **state) {
  (void)state;
  make_root("p256");
  const qtls_cert_request r = {.role = QTLS_CERT_server, .common_name = "x"};
  made m = make("p256", &r);
  uint8_t name[64], der[2000];
  size_t name_n = unit_hex(name, sizeof name, "3011310f300d06035504030c06" "781b5b324a79");
  size_t n = rebuild(der, sizeof der, &m, (change){.subject = q_span_of(name, name_n)});
  qtls_csr *csr = NULL;
  qtls_cert *cert = NULL;
  qtls_cert_request decided = {.role = QTLS_CERT_server, .not_before = NOW, .not_after = NOW + YEAR};
  assert_ok(qtls_csr_load(&csr, NULL, der, n));
  assert_string_equal(qtls_csr_read(csr)->common_name, "x\\x1b[2Jy");
  assert_err(sign(&cert, &decided, csr), QTLS_ERR_ARGUMENT);
  decided.common_name = "named";
  assert_ok(sign(&cert, &decided, csr));
  qtls_cert_free(cert);
  qtls_csr_free(csr);
  /* Two of them, the second a BMPString: the last one counts. */
  name_n = unit_hex(name, sizeof name, "301b310c300a06035504030c03616263310b300906035504031e0200e9");
  n = rebuild(der, sizeof der, &m, (change){.subject = q_span_of(name, name_n)});
  assert_ok(qtls_csr_load(&csr, NULL, der, n));
  assert_string_equal(qtls_csr_read(csr)->common_name, "\xC3\xA9");
  qtls_csr_free(csr);
  drop(&m);
  drop_root();
}

/* No cut and no changed bit gets through. */
static void cuts_and_flips(void **state) {
  (void)state;
  const qtls_cert_request r = wishes();
  made m = make("hybrid", &r);
  for (size_t n = 0; n < m.n; n++) {
    uint8_t *cut = malloc(n > 0 ? n : 1);
    memcpy(cut, m.der, n);
    qtls_csr *csr = NULL;
    assert_true(qtls_csr_load(&csr, NULL, cut, n) != QTLS_OK && csr == NULL);
    free(cut);
  }
  drop(&m);
  m = make("ed25519", &r);
  for (size_t bit = 0; bit < 8 * m.n; bit++) {
    m.der[bit / 8] ^= (uint8_t)(1U << bit % 8);
    qtls_csr *csr = NULL;
    assert_true(qtls_csr_load(&csr, NULL, m.der, m.n) != QTLS_OK && csr == NULL);
    m.der[bit / 8] ^= (uint8_t)(1U << bit % 8);
  }
  static const uint8_t lengths[] = {0x00, 0x7F, 0x80, 0x81, 0x82, 0x84, 0x88, 0xFF};
  for (size_t i = 0; i < m.n * Q_COUNT(lengths); i++) {
    uint8_t was = m.der[i / Q_COUNT(lengths)];
    uint8_t now = lengths[i % Q_COUNT(lengths)];
    m.der[i / Q_COUNT(lengths)] = now;
    qtls_csr *csr = NULL;
    assert_true((qtls_csr_load(&csr, NULL, m.der, m.n) == QTLS_OK) == (was == now));
    qtls_csr_free(csr);
    m.der[i / Q_COUNT(lengths)] = was;
  }
  drop(&m);
}

static void files(void **state) {
  (void)state;
  const qtls_cert_request r = wishes();
  made m = make("p256", &r);
  static char text[8000];
  size_t line = 9;
  qtls_csr *csr = NULL;
  int n = snprintf(text, sizeof text, "a note\n-----BEGIN X-----\nAAEC\n-----END X-----\n%s", m.pem);
  expect(text, (size_t)n, QTLS_OK);
  n = snprintf(text, sizeof text, "-----BEGIN NEW CERTIFICATE REQUEST-----%s", strchr(m.pem, '\n'));
  char *end = strstr(text, "-----END");
  strcpy(end, "-----END NEW CERTIFICATE REQUEST-----\n");
  expect(text, strlen(text), QTLS_OK);
  assert_err(qtls_csr_load(&csr, &line, "words\n", 6), QTLS_ERR_PEM);
  assert_int_equal(line, 0);
  text[80] = ':';
  assert_err(qtls_csr_load(&csr, &line, text, strlen(text)), QTLS_ERR_PEM);
  assert_int_equal(line, 2);
  assert_err(qtls_csr_load(&csr, NULL, NULL, 0), QTLS_ERR_PEM);
  assert_err(qtls_csr_load(NULL, NULL, "x", 1), QTLS_ERR_ARGUMENT);
  char *described = NULL;
  assert_ok(qtls_pki_describe(&described, NULL, NULL, m.pem, m.pem_n, QTLS_FORMAT_json));
  assert_non_null(strstr(described, "\"kind\": \"certificate request\""));
  assert_non_null(strstr(described, "\"must_staple\": true"));
  qtls_pki_free(described);
  qtls_csr_free(NULL);
  drop(&m);
}

static void refused(void **state) {
  (void)state;
  qtls_key *key = NULL;
  char *pem = (char *)1;
  assert_ok(qtls_key_generate(&key, "p256"));
  qtls_cert_request r = wishes();
  static const char *const bad[] = {"a b"};
  r.names = bad;
  r.name_count = 1;
  assert_err(qtls_csr_make(&pem, NULL, &r, key), QTLS_ERR_ARGUMENT);
  assert_null(pem);
  r = wishes();
  r.role = (qtls_cert_role)0;
  assert_err(qtls_csr_make(&pem, NULL, &r, key), QTLS_ERR_ARGUMENT);
  r = wishes();
  r.role = QTLS_CERT_authority; /* must not be asked to staple */
  assert_err(qtls_csr_make(&pem, NULL, &r, key), QTLS_ERR_ARGUMENT);
  r = wishes();
  r.common_name = "\x07";
  assert_err(qtls_csr_make(&pem, NULL, &r, key), QTLS_ERR_ARGUMENT);
  qtls_key_free(key);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_kind), cmocka_unit_test(authority), cmocka_unit_test(what_is_decided),
      cmocka_unit_test(nameless),   cmocka_unit_test(possession), cmocka_unit_test(shapes),
      cmocka_unit_test(odd_names),  cmocka_unit_test(cuts_and_flips), cmocka_unit_test(files),
      cmocka_unit_test(refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
