/* Certificates with everything that can be asked for (qtls/pki.h): what is
 * written is read back, and what cannot stand in one is refused. */
#include "api/pki_objects.h"
#include "pki/link.h"
#include "unit/unit.h"

#define NOW INT64_C(1795500000)
#define YEAR INT64_C(31536000)

typedef struct authority {
  qtls_key *key;
  char *pem;
  size_t n;
} authority;

static authority make_root(const char *kind) {
  authority a = {0};
  const qtls_cert_request r = {
      .role = QTLS_CERT_authority, .common_name = "Root", .not_before = NOW - YEAR, .not_after = NOW + 10 * YEAR};
  assert_ok(qtls_key_generate(&a.key, kind));
  assert_ok(qtls_cert_issue(&a.pem, &a.n, &r, a.key, NULL, 0, NULL));
  return a;
}

static void drop(authority *a) {
  qtls_key_free(a->key);
  qtls_pki_free(a->pem);
}

static qtls_cert *issue(const qtls_cert_request *r, const qtls_key *subject, const authority *by) {
  char *pem = NULL;
  size_t n = 0;
  qtls_cert *cert = NULL;
  assert_ok(qtls_cert_issue(&pem, &n, r, subject, by->pem, by->n, by->key));
  assert_ok(qtls_cert_load_pem(&cert, NULL, pem, n, 0));
  qtls_pki_free(pem);
  return cert;
}

static const char *const names[] = {"example.com", "DNS:*.example.com",     "IP:192.0.2.7",
                                    "2001:db8::1", "email:ops@example.com", "uri:spiffe://example.com/web"};
static const char *const ocsp[] = {"http://ocsp.example.com/", "http://127.0.0.1:8080/ocsp"};
static const char *const issuers[] = {"http://pki.example.com/root.cer"};
static const char *const lists[] = {"http://pki.example.com/root.crl", "http://backup.example.com/root.crl"};

static qtls_cert_request server(void) {
  const qtls_cert_request r = {.role = QTLS_CERT_server,
                               .common_name = "Web",
                               .names = names,
                               .name_count = Q_COUNT(names),
                               .not_before = NOW,
                               .not_after = NOW + YEAR,
                               .ocsp_urls = ocsp,
                               .ocsp_url_count = 2,
                               .issuer_urls = issuers,
                               .issuer_url_count = 1,
                               .crl_urls = lists,
                               .crl_url_count = 2,
                               .must_staple = true};
  return r;
}

static void has(const qtls_cert *cert, qtls_format format, const char *text) {
  char *out = NULL;
  assert_ok(qtls_cert_describe(&out, NULL, cert, format));
  if (strstr(out, text) == NULL) {
    fail_msg("no %s in:\n%s", text, out);
  }
  qtls_pki_free(out);
}

static void everything(void **state) {
  (void)state;
  authority root = make_root("hybrid");
  qtls_cert_request r = server();
  uint8_t serial[20] = {0x01, 2, 3};
  r.serial = serial;
  qtls_key *key = NULL;
  assert_ok(qtls_key_generate(&key, "hybrid"));
  qtls_cert *cert = issue(&r, key, &root);
  const qtls_cert_info *i = qtls_cert_read(cert);
  assert_string_equal(i->serial, "0102030000000000000000000000000000000000");
  static const char *const read_back[] = {"DNS:example.com",       "DNS:*.example.com",
                                          "IP:192.0.2.7",          "IP:2001:0db8:0000:0000:0000:0000:0000:0001",
                                          "email:ops@example.com", "URI:spiffe://example.com/web"};
  assert_int_equal(i->name_count, Q_COUNT(read_back));
  for (size_t j = 0; j < Q_COUNT(read_back); j++) {
    assert_string_equal(i->names[j], read_back[j]);
  }
  assert_int_equal(i->ocsp_url_count, 2);
  assert_string_equal(i->ocsp_urls[0], ocsp[0]);
  assert_string_equal(i->ocsp_urls[1], ocsp[1]);
  assert_int_equal(i->issuer_url_count, 1);
  assert_string_equal(i->issuer_urls[0], issuers[0]);
  assert_int_equal(i->crl_url_count, 2);
  assert_string_equal(i->crl_urls[1], lists[1]);
  assert_true(i->must_staple && !i->ocsp_nocheck && !i->unknown_critical);
  has(cert, QTLS_FORMAT_text, "must staple: yes\n");
  has(cert, QTLS_FORMAT_text, "ocsp urls:\n  http://ocsp.example.com/\n  http://127.0.0.1:8080/ocsp\n");
  has(cert, QTLS_FORMAT_json,
      "\"crl_urls\": [\"http://pki.example.com/root.crl\", \"http://backup.example.com/root.crl\"]");
  has(cert, QTLS_FORMAT_json, "\"issuer_urls\": [\"http://pki.example.com/root.cer\"]");
  has(cert, QTLS_FORMAT_json, "\"must_staple\": true");
  qtls_cert_free(cert);
  qtls_key_free(key);
  drop(&root);
}

static void constraints(void **state) {
  (void)state;
  static const char *const permitted[] = {"DNS:example.com", "IP:192.0.2.0/24", "email:example.com",
                                          "URI:.example.com"};
  static const char *const excluded[] = {"DNS:secret.example.com", "IP:2001:db8::/33", "email:ceo@example.com"};
  authority root = make_root("p256");
  qtls_key *key = NULL;
  assert_ok(qtls_key_generate(&key, "p256"));
  const qtls_cert_request r = {.role = QTLS_CERT_authority,
                               .common_name = "Middle",
                               .not_before = NOW,
                               .not_after = NOW + YEAR,
                               .permitted = permitted,
                               .permitted_count = Q_COUNT(permitted),
                               .excluded = excluded,
                               .excluded_count = Q_COUNT(excluded)};
  qtls_cert *cert = issue(&r, key, &root);
  assert_string_equal(qtls_cert_read(cert)->name_constraints,
                      "permitted DNS:example.com, permitted IP:192.0.2.0/24, permitted email:example.com, "
                      "permitted URI:.example.com, excluded DNS:secret.example.com, "
                      "excluded IP:2001:0db8:0000:0000:0000:0000:0000:0000/33, excluded email:ceo@example.com");
  /* Critical, as RFC 5280 §4.2.1.10 wants: nameConstraints, TRUE. */
  static const uint8_t head[] = {0x06, 0x03, 0x55, 0x1D, 0x1E, 0x01, 0x01, 0xFF};
  bool found = false;
  for (size_t i = 0; i + sizeof head < cert->cert.der.n; i++) {
    found = found || memcmp(cert->der + i, head, sizeof head) == 0;
  }
  assert_true(found);
  qtls_cert_free(cert);
  qtls_key_free(key);
  drop(&root);
}

/* What the issuer's constraints forbid is not issued, whatever else is in it. */
static void within_constraints(void **state) {
  (void)state;
  static const char *const permitted[] = {"DNS:example.com", "IP:192.0.2.0/24"};
  static const char *const excluded[] = {"DNS:secret.example.com"};
  static const struct {
    const char *names[2];
    size_t count;
    qtls_err wanted;
  } rows[] = {{{"DNS:www.example.com", "IP:192.0.2.7"}, 2, QTLS_OK},
              {{"DNS:www.example.org", NULL}, 1, QTLS_ERR_CERT_NAME_CONSTRAINT},
              {{"DNS:www.example.com", "IP:198.51.100.7"}, 2, QTLS_ERR_CERT_NAME_CONSTRAINT},
              {{"DNS:a.secret.example.com", NULL}, 1, QTLS_ERR_CERT_NAME_CONSTRAINT}};
  authority root = make_root("p256");
  authority middle = {0};
  qtls_cert_request r = {.role = QTLS_CERT_authority,
                         .common_name = "Middle",
                         .not_before = NOW,
                         .not_after = NOW + YEAR,
                         .permitted = permitted,
                         .permitted_count = Q_COUNT(permitted),
                         .excluded = excluded,
                         .excluded_count = Q_COUNT(excluded)};
  assert_ok(qtls_key_generate(&middle.key, "p256"));
  assert_ok(qtls_cert_issue(&middle.pem, &middle.n, &r, middle.key, root.pem, root.n, root.key));
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    char *pem = NULL;
    size_t n = 0;
    r = (qtls_cert_request){
        .role = QTLS_CERT_server, .common_name = "Leaf", .not_before = NOW, .not_after = NOW + YEAR};
    r.names = rows[i].names;
    r.name_count = rows[i].count;
    assert_err(qtls_cert_issue(&pem, &n, &r, middle.key, middle.pem, middle.n, middle.key), rows[i].wanted);
    assert_int_equal(pem != NULL && n > 0, rows[i].wanted == QTLS_OK);
    qtls_pki_free(pem);
  }
  drop(&middle);
  drop(&root);
}

/* Under a hybrid issuer every certificate carries the alternative signature,
 * whatever its own keys; a key of its own in 72 only when it has one. */
static void under_hybrid(void **state) {
  (void)state;
  static const struct {
    const char *issuer, *subject;
    qtls_cert_role role;
  } rows[] = {
      {"hybrid-p384-mldsa65", "mldsa65", QTLS_CERT_ocsp},   {"hybrid-p384-mldsa65", "p256", QTLS_CERT_ocsp},
      {"hybrid-p384-mldsa65", "hybrid", QTLS_CERT_ocsp},    {"hybrid-p384-mldsa87", "mldsa87", QTLS_CERT_server},
      {"hybrid-rsa3072-mldsa65", "p384", QTLS_CERT_server}, {"hybrid-p384-mldsa65", "ed25519", QTLS_CERT_client}};
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    authority root = make_root(rows[i].issuer);
    qtls_key *key = NULL;
    assert_ok(qtls_key_generate(&key, rows[i].subject));
    const qtls_cert_request r = {
        .role = rows[i].role, .common_name = "Subject", .not_before = NOW, .not_after = NOW + YEAR};
    qtls_cert *cert = issue(&r, key, &root);
    const qtls_cert_info *info = qtls_cert_read(cert);
    assert_int_equal(info->alt_key_type != NULL, key->alt != NULL);
    assert_non_null(info->alt_signature_algorithm);
    assert_int_equal(info->ocsp_nocheck, rows[i].role == QTLS_CERT_ocsp);
    if (rows[i].role == QTLS_CERT_ocsp) {
      assert_string_equal(info->ext_key_usage, "OCSPSigning");
      assert_string_equal(info->key_usage, "digitalSignature");
      has(cert, QTLS_FORMAT_text, "ocsp nocheck: yes\n");
    }
    qtls_cert *issuer = NULL;
    q_pubkey *own = NULL, *alt = NULL;
    assert_ok(qtls_cert_load_pem(&issuer, NULL, root.pem, root.n, 0));
    assert_ok(q_pki_link_key(&own, issuer->cert.spki));
    assert_ok(q_pki_link_key(&alt, issuer->cert.alt_spki));
    assert_ok(q_pki_link_primary(&cert->cert, own));
    assert_ok(q_pki_link_alternative(&cert->cert, alt));
    q_crypto_pubkey_free(own);
    q_crypto_pubkey_free(alt);
    qtls_cert_free(issuer);
    qtls_cert_free(cert);
    qtls_key_free(key);
    drop(&root);
  }
}

/* Nothing outlives its issuer, and what could only begin after it is not made. */
static void as_long_as_the_issuer(void **state) {
  (void)state;
  const int64_t end = NOW + 10 * YEAR;
  const struct {
    int64_t not_before, not_after;
    qtls_err expected;
  } rows[] = {{NOW, end - 1, QTLS_OK},
              {NOW, end + 1, QTLS_OK},
              {end, end + YEAR, QTLS_OK},
              {end + 1, end + YEAR, QTLS_ERR_CERT_EXPIRED},
              {end + 1, end + 1, QTLS_ERR_CERT_EXPIRED},
              {end + 1, end, QTLS_ERR_ARGUMENT}};
  authority root = make_root("p256");
  qtls_key *key = NULL;
  assert_ok(qtls_key_generate(&key, "p256"));
  for (size_t i = 0; i < Q_COUNT(rows); i++) {
    const qtls_cert_request r = {
        .role = QTLS_CERT_server, .common_name = "x", .not_before = rows[i].not_before, .not_after = rows[i].not_after};
    char *pem = NULL;
    size_t n = 0;
    qtls_cert *cert = NULL;
    assert_err(qtls_cert_issue(&pem, &n, &r, key, root.pem, root.n, root.key), rows[i].expected);
    assert_int_equal(pem != NULL, rows[i].expected == QTLS_OK);
    assert_ok(qtls_cert_load_pem(&cert, NULL, pem, n, 0));
    if (cert != NULL) {
      assert_true(qtls_cert_read(cert)->not_before == rows[i].not_before);
      assert_true(qtls_cert_read(cert)->not_after == (rows[i].not_after < end ? rows[i].not_after : end));
    }
    qtls_cert_free(cert);
    qtls_pki_free(pem);
  }
  qtls_key_free(key);
  drop(&root);
}

static authority signer;
static qtls_key *subject;

static void refused(const qtls_cert_request *r) {
  char *pem = (char *)1;
  assert_err(qtls_cert_issue(&pem, NULL, r, subject, signer.pem, signer.n, signer.key), QTLS_ERR_ARGUMENT);
  assert_null(pem);
}

static void refusals(void **state) {
  (void)state;
  static const char *const bad_names[] = {"DNS:",
                                          "DNS:-x",
                                          "DNS:127.0.0.1",
                                          "DNS:127.1",
                                          "a.1",
                                          "*.0",
                                          "DNS:a b",
                                          "IP:",
                                          "IP:localhost",
                                          "IP:1.2.3",
                                          "IP:192.0.2.0/24",
                                          "URI:",
                                          "URI:x",
                                          "URI:1x:y",
                                          "URI:http://a b",
                                          "URI:http://a\x7f",
                                          "URI:http://\xC3\xA9",
                                          "email:",
                                          "email:a",
                                          "email:@b",
                                          "email:a@",
                                          "email:a..b@example.com",
                                          "email:.a@example.com",
                                          "email:a.@example.com",
                                          "email:a b@example.com",
                                          "email:a@-b",
                                          "email:a@b@c",
                                          "other:00",
                                          "directory:CN=x"};
  static const char *const bad_bases[] = {"example.com",
                                          "192.0.2.0/24",
                                          "DNS:*.example.com",
                                          "DNS:.example.com",
                                          "DNS:example.com.",
                                          "IP:192.0.2.0",
                                          "IP:192.0.2.1/24",
                                          "IP:192.0.2.0/33",
                                          "IP:192.0.2.0/",
                                          "IP:192.0.2.0/024",
                                          "IP:192.0.2.0/2x",
                                          "IP:/8",
                                          "IP:2001:db8::/129",
                                          "IP:2001:db8::1/64",
                                          "email:",
                                          "email:a@",
                                          "email:*",
                                          "URI:",
                                          "URI:http://example.com",
                                          "URI:example.com/x",
                                          "other:x",
                                          ""};
  static const char *const bad_urls[] = {"",
                                         "http://",
                                         "https://example.com/",
                                         "ldap://example.com/x",
                                         "/x",
                                         "http://a b/",
                                         "http://user@example.com/",
                                         "http://example.com/#x",
                                         "http:///x",
                                         "http://exa\nmple.com/",
                                         "http://\xC3\xA9/"};
  signer = make_root("p256");
  assert_ok(qtls_key_generate(&subject, "p256"));
  for (size_t i = 0; i < Q_COUNT(bad_names); i++) {
    qtls_cert_request r = server();
    r.names = &bad_names[i];
    r.name_count = 1;
    refused(&r);
  }
  for (size_t i = 0; i < 2 * Q_COUNT(bad_bases); i++) {
    qtls_cert_request r = {.role = QTLS_CERT_authority, .common_name = "x", .not_before = NOW, .not_after = NOW + YEAR};
    *(i % 2 ? &r.permitted : &r.excluded) = &bad_bases[i / 2];
    *(i % 2 ? &r.permitted_count : &r.excluded_count) = 1;
    refused(&r);
  }
  for (size_t i = 0; i < 3 * Q_COUNT(bad_urls); i++) {
    qtls_cert_request r = server();
    *(i % 3 == 0 ? &r.ocsp_urls : i % 3 == 1 ? &r.issuer_urls : &r.crl_urls) = &bad_urls[i / 3];
    *(i % 3 == 0 ? &r.ocsp_url_count : i % 3 == 1 ? &r.issuer_url_count : &r.crl_url_count) = 1;
    refused(&r);
  }
  qtls_key_free(subject);
  drop(&signer);
}

/* 1 to 64 characters of UTF-8 (RFC 3629), or other readers refuse the certificate. */
static void texts_of_a_subject(void **state) {
  (void)state;
  static const char *const good[] = {"x", "\xC3\xA9", "\xE2\x82\xAC", "\xED\x9F\xBF", "\xF0\x9F\x94\x90", "\xF4\x8F\xBF\xBF",
                                     "1234567890123456789012345678901234567890123456789012345678901234",
                                     "123456789012345678901234567890123456789012345678901234567890123\xE2\x82\xAC"};
  static const char *const bad[] = {"", "a\x01", "a\x7F", "\xC2\x85", "\x80", "\xC3", "\xC3(", "\xC0\xAF", "\xE0\x80\xAF",
                                    "\xF0\x80\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF",
                                    "12345678901234567890123456789012345678901234567890123456789012345"};
  signer = make_root("p256");
  assert_ok(qtls_key_generate(&subject, "p256"));
  for (size_t i = 0; i < Q_COUNT(good); i++) {
    qtls_cert_request r = server();
    char *pem = NULL;
    size_t n = 0;
    r.common_name = r.organization = good[i];
    assert_ok(qtls_cert_issue(&pem, &n, &r, subject, signer.pem, signer.n, signer.key));
    qtls_pki_free(pem);
  }
  for (size_t i = 0; i < 2 * Q_COUNT(bad); i++) {
    qtls_cert_request r = server();
    *(i % 2 == 0 ? &r.common_name : &r.organization) = bad[i / 2];
    refused(&r);
  }
  qtls_key_free(subject);
  drop(&signer);
}

static void refused_shapes(void **state) {
  (void)state;
  static const char *const base[] = {"DNS:example.com"};
  static const char *const many[] = {"http://a/", "http://a/", "http://a/", "http://a/", "http://a/",
                                     "http://a/", "http://a/", "http://a/", "http://a/"};
  static const uint8_t zero[20] = {0}, negative[20] = {0x80};
  signer = make_root("p256");
  assert_ok(qtls_key_generate(&subject, "p256"));
  qtls_cert_request r = server();
  r.serial = zero;
  refused(&r);
  r.serial = negative;
  refused(&r);
  r = server();
  r.permitted = base;
  r.permitted_count = 1;
  refused(&r);
  r = server();
  r.excluded = base;
  r.excluded_count = 1;
  refused(&r);
  r = server();
  r.role = QTLS_CERT_authority; /* must_staple is for those who shake hands */
  refused(&r);
  r.role = QTLS_CERT_ocsp;
  refused(&r);
  r = server();
  r.crl_urls = many;
  r.crl_url_count = 9;
  refused(&r);
  r = server();
  r.ocsp_urls = NULL;
  refused(&r);
  static const char *const hole[] = {"a.test", NULL};
  r = server();
  r.names = hole;
  r.name_count = 2;
  refused(&r);
  qtls_key_free(subject);
  drop(&signer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(everything),    cmocka_unit_test(constraints),           cmocka_unit_test(within_constraints),
      cmocka_unit_test(under_hybrid),  cmocka_unit_test(as_long_as_the_issuer), cmocka_unit_test(refusals),
      cmocka_unit_test(texts_of_a_subject), cmocka_unit_test(refused_shapes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
