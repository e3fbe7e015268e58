/* The public functions of keys and certificates (qtls/pki.h). */
#include "qtls/pki.h"

#include "unit/unit.h"

#define NOW INT64_C(1795500000)
#define YEAR INT64_C(31536000)

typedef struct set {
  qtls_key *root_key, *middle_key, *leaf_key;
  char *root, *middle, *leaf;
  size_t root_n, middle_n, leaf_n;
} set;

static const char *const names[] = {"localhost", "127.0.0.1", "2001:db8::1"};

static set make(const char *kind) {
  set s = {0};
  assert_ok(qtls_key_generate(&s.root_key, kind));
  assert_ok(qtls_key_generate(&s.middle_key, kind));
  assert_ok(qtls_key_generate(&s.leaf_key, kind));
  qtls_cert_request r = {.role = QTLS_CERT_authority,
                         .common_name = "Root",
                         .organization = "Q-TLS \"Test\", <b>",
                         .not_before = NOW - YEAR,
                         .not_after = NOW + 10 * YEAR};
  assert_ok(qtls_cert_issue(&s.root, &s.root_n, &r, s.root_key, NULL, 0, NULL));
  r.common_name = "Middle";
  r.limit_path = true;
  assert_ok(qtls_cert_issue(&s.middle, &s.middle_n, &r, s.middle_key, s.root, s.root_n, s.root_key));
  qtls_cert_request l = {.role = QTLS_CERT_server,
                         .common_name = "Leaf",
                         .names = names,
                         .name_count = 3,
                         .not_before = NOW - YEAR,
                         .not_after = NOW + 20 * YEAR};
  assert_ok(qtls_cert_issue(&s.leaf, &s.leaf_n, &l, s.leaf_key, s.middle, s.middle_n, s.middle_key));
  return s;
}

static void drop(set *s) {
  qtls_key_free(s->root_key);
  qtls_key_free(s->middle_key);
  qtls_key_free(s->leaf_key);
  qtls_pki_free(s->root);
  qtls_pki_free(s->middle);
  qtls_pki_free(s->leaf);
}

static void kinds(void **state) {
  (void)state;
  const char *about = NULL;
  assert_string_equal(qtls_key_kind_name(0, &about), "hybrid-p384-mldsa65");
  assert_non_null(about);
  assert_string_equal(qtls_key_kind_find("Hybrid"), "hybrid-p384-mldsa65");
  assert_string_equal(qtls_key_kind_find("dilithium3"), "mldsa65");
  assert_null(qtls_key_kind_find("hybird"));
  assert_null(qtls_key_kind_find(NULL));
  assert_null(qtls_key_kind_name(1000, &about));
  assert_null(about);
  qtls_key *key = NULL;
  assert_err(qtls_key_generate(&key, "hybird"), QTLS_ERR_ARGUMENT);
  assert_null(key);
}

static void keys(void **state) {
  (void)state;
  qtls_key *key = NULL, *back = NULL;
  char *pem = NULL, *pem2 = NULL;
  size_t n = 0, n2 = 0, line = 0;
  unsigned bits = 0;
  assert_ok(qtls_key_generate(&key, "hybrid"));
  assert_string_equal(qtls_key_type(key, false, &bits), "ECDSA P-384");
  assert_int_equal(bits, 384);
  assert_string_equal(qtls_key_type(key, true, &bits), "ML-DSA-65");
  assert_ok(qtls_key_write(key, &pem, &n));
  assert_int_equal(strlen(pem), n);
  assert_ok(qtls_key_load(&back, &line, pem, n));
  assert_ok(qtls_key_write(back, &pem2, &n2));
  assert_string_equal(pem, pem2);
  qtls_key_free(back);
  /* The other way round it is no key file. */
  char *second = strstr(pem + 1, "-----BEGIN");
  static char turned[8192];
  size_t tail = strlen(second);
  memcpy(turned, second, tail);
  memcpy(turned + tail, pem, n - tail);
  assert_err(qtls_key_load(&back, &line, turned, n), QTLS_ERR_KEY_FORMAT);
  assert_null(back);
  assert_err(qtls_key_load(&back, &line, "words", 5), QTLS_ERR_PEM);
  qtls_pki_free(pem);
  qtls_pki_free(pem2);
  qtls_key_free(key);
}

static void signing(void **state) {
  (void)state;
  qtls_key *key = NULL;
  uint8_t sig[4627];
  size_t n = 0;
  assert_ok(qtls_key_generate(&key, "hybrid"));
  assert_ok(qtls_key_sign(key, false, 0x0503, "abc", 3, sig, sizeof sig, &n));
  assert_true(n >= 96 && n <= 104 && sig[0] == 0x30);
  assert_ok(qtls_key_sign(key, true, 0x0900, "abc", 3, sig, sizeof sig, &n));
  assert_int_equal(n, 3309);
  assert_err(qtls_key_sign(key, true, 0x0900, "abc", 3, sig, 3308, &n), QTLS_ERR_BUFFER);
  assert_err(qtls_key_sign(key, false, 0x0900, "abc", 3, sig, sizeof sig, &n), QTLS_ERR_ARGUMENT);
  assert_err(qtls_key_sign(key, true, 0x0503, "abc", 3, sig, sizeof sig, &n), QTLS_ERR_ARGUMENT);
  assert_err(qtls_key_sign(key, false, 0x13F0, "abc", 3, sig, sizeof sig, &n), QTLS_ERR_ARGUMENT);
  assert_err(qtls_key_sign(key, false, 0x7777, "abc", 3, sig, sizeof sig, &n), QTLS_ERR_ARGUMENT);
  qtls_key_free(key);
}

static void info(void **state) {
  (void)state;
  set s = make("hybrid");
  qtls_cert *cert = NULL;
  size_t line = 0, n = 0;
  assert_ok(qtls_cert_load_pem(&cert, &line, s.leaf, s.leaf_n, 0));
  const qtls_cert_info *i = qtls_cert_read(cert);
  assert_string_equal(i->subject, "CN=Leaf");
  assert_string_equal(i->issuer, "CN=Middle,O=Q-TLS \\\"Test\\\"\\, \\<b\\>");
  assert_int_equal(strlen(i->serial), 40);
  assert_int_equal(i->name_count, 3);
  assert_string_equal(i->names[0], "DNS:localhost");
  assert_string_equal(i->names[1], "IP:127.0.0.1");
  assert_string_equal(i->names[2], "IP:2001:0db8:0000:0000:0000:0000:0000:0001");
  assert_string_equal(i->key_type, "ECDSA P-384");
  assert_string_equal(i->alt_key_type, "ML-DSA-65");
  assert_string_equal(i->signature_algorithm, "ECDSA with SHA-384");
  assert_string_equal(i->alt_signature_algorithm, "ML-DSA-65");
  assert_string_equal(i->key_usage, "digitalSignature");
  assert_string_equal(i->ext_key_usage, "serverAuth");
  assert_true(i->not_before == NOW - YEAR && i->not_after == NOW + 10 * YEAR); /* cut to the issuer's */
  assert_false(i->is_authority || i->self_issued || i->unknown_critical);
  assert_int_equal(strlen(i->sha256), 64);
  assert_int_equal(i->alt_signature_size, 3309);
  assert_non_null(qtls_cert_der(cert, &n));
  assert_int_equal(n, i->size);
  assert_true(qtls_cert_has_name(cert, "localhost"));
  assert_false(qtls_cert_has_name(cert, "Leaf"));
  qtls_cert_free(cert);
  assert_ok(qtls_cert_load_pem(&cert, &line, s.leaf, s.leaf_n, 1));
  assert_null(cert);
  assert_ok(qtls_cert_load_pem(&cert, NULL, s.middle, s.middle_n, 0));
  assert_true(qtls_cert_read(cert)->is_authority && qtls_cert_read(cert)->has_path_length);
  qtls_cert_free(cert);
  assert_err(qtls_cert_load(&cert, "0", 1), QTLS_ERR_CERT_PARSE);
  assert_null(cert);
  drop(&s);
}

static void issuing_refused(void **state) {
  (void)state;
  set s = make("p256");
  qtls_key *hybrid = NULL;
  assert_ok(qtls_key_generate(&hybrid, "hybrid"));
  qtls_cert_request ok = {.role = QTLS_CERT_client, .common_name = "x", .not_before = NOW, .not_after = NOW + YEAR};
  char *pem = NULL;
  size_t n = 0;
  qtls_cert_request r = ok;
#define REFUSED(expected, subject, issuer, issuer_n, key)                                       \
  assert_err(qtls_cert_issue(&pem, &n, &r, subject, issuer, issuer_n, key), expected);          \
  assert_null(pem);                                                                             \
  r = ok
  REFUSED(QTLS_ERR_KEY_MISMATCH, s.leaf_key, s.root, s.root_n, s.middle_key);
  REFUSED(QTLS_ERR_CERT_NOT_CA, s.leaf_key, s.leaf, s.leaf_n, s.leaf_key);
  REFUSED(QTLS_ERR_CERT_ALT_MISSING, hybrid, s.root, s.root_n, s.root_key);
  REFUSED(QTLS_ERR_PEM, s.leaf_key, "words", 5, s.root_key);
  r.role = QTLS_CERT_authority;
  REFUSED(QTLS_ERR_CERT_PATH_LENGTH, s.leaf_key, s.middle, s.middle_n, s.middle_key);
  r.common_name = NULL;
  REFUSED(QTLS_ERR_ARGUMENT, s.leaf_key, NULL, 0, NULL);
  r.common_name = "";
  REFUSED(QTLS_ERR_ARGUMENT, s.leaf_key, NULL, 0, NULL);
  r.common_name = "line\nbreak";
  REFUSED(QTLS_ERR_ARGUMENT, s.leaf_key, NULL, 0, NULL);
  r.common_name = "\xC3";
  REFUSED(QTLS_ERR_ARGUMENT, s.leaf_key, NULL, 0, NULL);
  r.common_name = "0123456789012345678901234567890123456789012345678901234567890123x";
  REFUSED(QTLS_ERR_ARGUMENT, s.leaf_key, NULL, 0, NULL);
  r.not_after = NOW - 1;
  REFUSED(QTLS_ERR_ARGUMENT, s.leaf_key, NULL, 0, NULL);
  r.not_before = INT64_C(-1000000000);
  REFUSED(QTLS_ERR_ARGUMENT, s.leaf_key, NULL, 0, NULL);
  r.not_after = INT64_C(253402300800);
  REFUSED(QTLS_ERR_ARGUMENT, s.leaf_key, NULL, 0, NULL);
  r.role = (qtls_cert_role)9;
  REFUSED(QTLS_ERR_ARGUMENT, s.leaf_key, NULL, 0, NULL);
  r.limit_path = true;
  REFUSED(QTLS_ERR_ARGUMENT, s.leaf_key, NULL, 0, NULL);
  static const char *const bad[] = {"", "-x", "a..b", "*.test", "a b", "w*.example.test", "256.0.0.1 "};
  for (size_t i = 0; i < Q_COUNT(bad); i++) {
    r.names = &bad[i];
    r.name_count = 1;
    REFUSED(QTLS_ERR_ARGUMENT, s.leaf_key, NULL, 0, NULL);
  }
  qtls_key_free(hybrid);
  drop(&s);
}

/* Balanced, with strings closed and nothing that is not text. */
static void looks_like_json(const char *text) {
  int depth = 0;
  bool inside = false;
  for (; *text != '\0'; text++) {
    assert_true(*text == '\n' || (unsigned char)*text >= 0x20);
    if (inside && *text == '\\') {
      text++;
    } else if (*text == '"') {
      inside = !inside;
    } else if (!inside) {
      depth += *text == '{' || *text == '[' ? 1 : *text == '}' || *text == ']' ? -1 : 0;
      assert_true(depth >= 0);
    }
  }
  assert_true(depth == 0 && !inside);
}

static void descriptions(void **state) {
  (void)state;
  set s = make("hybrid");
  char *text = NULL, *keys_pem = NULL;
  size_t n = 0, line = 0, keys_n = 0;
  static char all[40000];
  assert_ok(qtls_key_write(s.leaf_key, &keys_pem, &keys_n));
  memcpy(all, s.leaf, s.leaf_n);
  memcpy(all + s.leaf_n, s.middle, s.middle_n);
  memcpy(all + s.leaf_n + s.middle_n, keys_pem, keys_n);
  size_t all_n = s.leaf_n + s.middle_n + keys_n;
  assert_ok(qtls_pki_describe(&text, &n, &line, all, all_n, QTLS_FORMAT_json));
  looks_like_json(text);
  assert_non_null(strstr(text, "\"kind\": \"certificate\""));
  assert_non_null(strstr(text, "\"form\": \"seed\""));
  assert_non_null(strstr(text, "\"not_after\": \"2036-"));
  assert_non_null(strstr(text, "\\\\\\\"Test\\\\\\\""));
  qtls_pki_free(text);
  assert_ok(qtls_pki_describe(&text, NULL, NULL, all, all_n, QTLS_FORMAT_text));
  assert_non_null(strstr(text, "  not after: 2036-"));
  assert_non_null(strstr(text, "    DNS:localhost\n"));
  qtls_pki_free(text);
  assert_err(qtls_pki_describe(&text, &n, &line, "words\n", 6, QTLS_FORMAT_text), QTLS_ERR_PEM);
  assert_null(text);
  const char *odd = "-----BEGIN CERTIFICATE-----\nAAEC\n-----END CERTIFICATE-----\n-----BEGIN X-----\nAAEC\n-----END X-----\n";
  assert_ok(qtls_pki_describe(&text, &n, &line, odd, strlen(odd), QTLS_FORMAT_json));
  looks_like_json(text);
  assert_non_null(strstr(text, "CERT_PARSE"));
  qtls_pki_free(text);
  assert_err(qtls_pki_describe(&text, &n, &line, odd, 40, QTLS_FORMAT_json), QTLS_ERR_PEM);
  assert_int_equal(line, 3);
  qtls_pki_free(keys_pem);
  drop(&s);
}

static void verdicts(void **state) {
  (void)state;
  set s = make("hybrid");
  set other = make("hybrid");
  char *account = NULL;
  size_t n = 0;
  static char chain[40000];
  memcpy(chain, s.leaf, s.leaf_n);
  memcpy(chain + s.leaf_n, s.middle, s.middle_n);
  qtls_verify_request r = {.chain_pem = chain,
                           .chain_size = s.leaf_n + s.middle_n,
                           .trust_pem = s.root,
                           .trust_size = s.root_n,
                           .name = "localhost",
                           .now = NOW};
  qtls_verify_result v;
  assert_ok(qtls_pki_verify(&v, &account, &n, QTLS_FORMAT_json, &r));
  assert_ok(v.verdict);
  assert_true(v.primary == QTLS_OK && v.alternative == QTLS_OK && v.alternative_present && v.path_length == 3);
  looks_like_json(account);
  assert_non_null(strstr(account, "\"signatures_checked\": 4"));
  assert_non_null(strstr(account, "\"name_verdict\": \"OK\""));
  qtls_pki_free(account);
  r.name = "evil\x1b[2J\xE2\x80\xAE.test";
  assert_ok(qtls_pki_verify(&v, &account, &n, QTLS_FORMAT_text, &r));
  assert_err(v.verdict, QTLS_ERR_CERT_NAME);
  assert_non_null(strstr(account, "name: evil\\x1b[2J\\u{202e}.test\n"));
  assert_non_null(strstr(account, "name verdict: the certificate is for another name (CERT_NAME)\n"));
  assert_non_null(strstr(account, "quantum safe: no"));
  qtls_pki_free(account);
  r.name = "localhost";
  r.client = true;
  assert_ok(qtls_pki_verify(&v, NULL, NULL, QTLS_FORMAT_text, &r));
  assert_err(v.verdict, QTLS_ERR_CERT_EXT_KEY_USAGE);
  r.client = false;
  r.trust_pem = other.root;
  r.trust_size = other.root_n;
  assert_ok(qtls_pki_verify(&v, &account, &n, QTLS_FORMAT_text, &r));
  assert_err(v.verdict, QTLS_ERR_CERT_UNKNOWN_CA);
  assert_int_equal(v.path_length, 0);
  assert_non_null(strstr(account, "CERT_UNKNOWN_CA"));
  qtls_pki_free(account);
  r.trust_size = 10;
  assert_err(qtls_pki_verify(&v, &account, &n, QTLS_FORMAT_text, &r), QTLS_ERR_PEM);
  assert_null(account);
  assert_true(v.verdict != QTLS_OK && v.primary != QTLS_OK && v.alternative != QTLS_OK);
  drop(&s);
  drop(&other);
}

/* What others take as PEM: lines of 64 letters, none empty, each label alone. */
static void pem_text(void **state) {
  (void)state;
  static const uint8_t bytes[97] = {1, 2, 3, 0xFF};
  static const size_t sizes[] = {1, 2, 3, 47, 48, 49, 96, 97};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    char *text = NULL;
    size_t n = 0;
    size_t feeds = 0;
    assert_ok(qtls_pem_write(&text, &n, "X509 CRL", bytes, sizes[i]));
    assert_int_equal(strlen(text), n);
    for (size_t k = 0; k < n; k++) {
      feeds += text[k] == '\n' ? 1 : 0;
    }
    assert_int_equal(feeds, (sizes[i] + 47) / 48 + 2);
    assert_null(strstr(text, "\n\n"));
    assert_ptr_equal(strstr(text, "-----BEGIN X509 CRL-----\n"), text);
    assert_string_equal(text + n - 23, "-----END X509 CRL-----\n");
    qtls_pki_free(text);
  }
  static const char known[] = "-----BEGIN CERTIFICATE-----\nAQIDBA==\n-----END CERTIFICATE-----\n";
  static const uint8_t der[] = {1, 2, 3, 4};
  char *text = NULL;
  assert_ok(qtls_pem_write(&text, NULL, "CERTIFICATE", der, sizeof der));
  assert_string_equal(text, known);
  qtls_pki_free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(kinds), cmocka_unit_test(keys),            cmocka_unit_test(signing),
      cmocka_unit_test(info),  cmocka_unit_test(issuing_refused), cmocka_unit_test(descriptions),
      cmocka_unit_test(verdicts), cmocka_unit_test(pem_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
