/* Calls of qtls/pki.h and qtls/status.h with something missing: refused, with nothing
 * left where the result would be; and reading from NULL finds nothing. */
#include "qtls/status.h"
#include "unit/unit.h"

#define NOW INT64_C(1795500000)

static char garbage[1]; /* what the caller had in the variable */

/* The call, which gives its result to `out`. */
#define REFUSED(type, call)              \
  do {                                   \
    type *out = (type *)(void *)garbage; \
    assert_err(call, QTLS_ERR_ARGUMENT); \
    if (out != NULL) {                   \
      fail_msg("left there: %s", #call); \
    }                                    \
  } while (0)

static qtls_key *key;
static char *pem; /* an authority of that key */
static size_t size;
static qtls_cert *cert;

static const qtls_cert_request wishes = {
    .role = QTLS_CERT_authority, .common_name = "a", .not_before = NOW, .not_after = NOW + 1};

static int set_up(void **state) {
  (void)state;
  assert_ok(qtls_key_generate(&key, "p256"));
  assert_ok(qtls_cert_issue(&pem, &size, &wishes, key, NULL, 0, NULL));
  assert_ok(qtls_cert_load_pem(&cert, NULL, pem, size, 0));
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  qtls_cert_free(cert);
  qtls_pki_free(pem);
  qtls_key_free(key);
  return 0;
}

static void keys(void **state) {
  (void)state;
  char phrase[1025] = {0};
  size_t n = 0;
  REFUSED(qtls_key, qtls_key_generate(&out, NULL));
  REFUSED(qtls_key, qtls_key_generate(&out, "no such kind"));
  REFUSED(qtls_key, qtls_key_load(&out, NULL, NULL, 1));
  REFUSED(qtls_key, qtls_key_load_encrypted(&out, NULL, NULL, 1, "x", 1));
  REFUSED(qtls_key, qtls_key_load_encrypted(&out, NULL, pem, size, NULL, 1));
  REFUSED(qtls_key, qtls_key_load_encrypted(&out, NULL, pem, size, "", 0));
  REFUSED(qtls_key, qtls_key_load_encrypted(&out, NULL, pem, size, phrase, sizeof phrase));
  REFUSED(char, qtls_key_write(NULL, &out, &n));
  REFUSED(char, qtls_key_write_encrypted(NULL, &out, &n, "x", 1));
  REFUSED(char, qtls_key_write_encrypted(key, &out, &n, NULL, 1));
  REFUSED(char, qtls_key_write_encrypted(key, &out, &n, "", 0));
  REFUSED(char, qtls_key_write_encrypted(key, &out, &n, phrase, sizeof phrase));
  assert_err(qtls_key_generate(NULL, "p256"), QTLS_ERR_ARGUMENT);
  assert_err(qtls_key_load(NULL, NULL, pem, size), QTLS_ERR_ARGUMENT);
  assert_err(qtls_key_load_encrypted(NULL, NULL, pem, size, "x", 1), QTLS_ERR_ARGUMENT);
  assert_err(qtls_key_write(key, NULL, NULL), QTLS_ERR_ARGUMENT);
  assert_err(qtls_key_write_encrypted(key, NULL, NULL, "x", 1), QTLS_ERR_ARGUMENT);
}

static void certificates(void **state) {
  (void)state;
  size_t n = 0;
  const qtls_cert_request nothing = {0};
  REFUSED(char, qtls_cert_issue(&out, &n, NULL, key, NULL, 0, NULL));
  REFUSED(char, qtls_cert_issue(&out, &n, &wishes, NULL, NULL, 0, NULL));
  REFUSED(char, qtls_cert_issue(&out, &n, &wishes, key, pem, size, NULL));
  REFUSED(char, qtls_cert_issue(&out, &n, &nothing, key, NULL, 0, NULL));
  REFUSED(char, qtls_csr_make(&out, &n, NULL, key));
  REFUSED(char, qtls_csr_make(&out, &n, &wishes, NULL));
  REFUSED(char, qtls_csr_make(&out, &n, &nothing, key));
  REFUSED(qtls_csr, qtls_csr_load(&out, NULL, NULL, 1));
  REFUSED(char, qtls_cert_sign(&out, &n, NULL, NULL, pem, size, key));
  REFUSED(char, qtls_cert_sign(&out, &n, &wishes, NULL, pem, size, key));
  REFUSED(qtls_cert, qtls_cert_load(&out, NULL, 1));
  REFUSED(char, qtls_pem_write(&out, &n, "CERTIFICATE", NULL, 1));
  REFUSED(char, qtls_pem_write(&out, &n, "CERTIFICATE", pem, 0));
  REFUSED(char, qtls_pem_write(&out, &n, NULL, pem, size));
  REFUSED(char, qtls_pem_write(&out, &n, "", pem, size));
  REFUSED(char, qtls_pem_write(&out, &n, "-X", pem, size));
  REFUSED(char, qtls_pem_write(&out, &n, "X-----\n", pem, size));
  REFUSED(qtls_cert, qtls_cert_load(&out, pem, 0));
  REFUSED(qtls_cert, qtls_cert_load_pem(&out, NULL, NULL, 1, 0));
  REFUSED(char, qtls_cert_describe(&out, &n, NULL, QTLS_FORMAT_text));
  REFUSED(char, qtls_cert_describe(&out, &n, cert, (qtls_format)0));
  REFUSED(char, qtls_pki_describe(&out, &n, NULL, NULL, 1, QTLS_FORMAT_text));
  REFUSED(char, qtls_pki_describe(&out, &n, NULL, pem, size, (qtls_format)3));
  assert_err(qtls_cert_issue(NULL, &n, &wishes, key, NULL, 0, NULL), QTLS_ERR_ARGUMENT);
  assert_err(qtls_pem_write(NULL, &n, "CERTIFICATE", pem, size), QTLS_ERR_ARGUMENT);
  assert_err(qtls_csr_make(NULL, &n, &wishes, key), QTLS_ERR_ARGUMENT);
  assert_err(qtls_csr_load(NULL, NULL, pem, size), QTLS_ERR_ARGUMENT);
  assert_err(qtls_cert_sign(NULL, &n, &wishes, NULL, pem, size, key), QTLS_ERR_ARGUMENT);
  assert_err(qtls_cert_load(NULL, pem, size), QTLS_ERR_ARGUMENT);
  assert_err(qtls_cert_load_pem(NULL, NULL, pem, size, 0), QTLS_ERR_ARGUMENT);
  assert_err(qtls_cert_describe(NULL, &n, cert, QTLS_FORMAT_text), QTLS_ERR_ARGUMENT);
  assert_err(qtls_pki_describe(NULL, &n, NULL, pem, size, QTLS_FORMAT_text), QTLS_ERR_ARGUMENT);
}

static void chains(void **state) {
  (void)state;
  qtls_verify_result v;
  const qtls_verify_request whole = {.chain_pem = pem, .chain_size = size, .trust_pem = pem, .trust_size = size};
  qtls_verify_request no_chain = whole;
  qtls_verify_request no_trust = whole;
  no_chain.chain_pem = NULL;
  no_trust.trust_pem = NULL;
  memset(&v, 0, sizeof v); /* a good verdict, as it happens */
  REFUSED(char, qtls_pki_verify(&v, &out, NULL, QTLS_FORMAT_text, NULL));
  assert_true(v.verdict != QTLS_OK && v.primary != QTLS_OK && v.alternative != QTLS_OK && v.status != QTLS_OK);
  REFUSED(char, qtls_pki_verify(NULL, &out, NULL, QTLS_FORMAT_text, &whole));
  REFUSED(char, qtls_pki_verify(&v, &out, NULL, QTLS_FORMAT_text, &no_chain));
  REFUSED(char, qtls_pki_verify(&v, &out, NULL, QTLS_FORMAT_text, &no_trust));
  REFUSED(char, qtls_pki_verify(&v, &out, NULL, (qtls_format)0, &whole));
}

static void statuses(void **state) {
  (void)state;
  size_t n = 0;
  qtls_status_result r;
  const qtls_crl_request list = {.number = 1, .this_update = NOW, .next_update = NOW + 1};
  const qtls_ocsp_response_request none = {.produced_at = NOW, .this_update = NOW, .next_update = NOW + 1};
  REFUSED(uint8_t, qtls_crl_issue(&out, &n, NULL, pem, size, key));
  REFUSED(uint8_t, qtls_crl_issue(&out, NULL, &list, pem, size, key));
  REFUSED(uint8_t, qtls_crl_issue(&out, &n, &list, NULL, 0, key));
  REFUSED(uint8_t, qtls_crl_issue(&out, &n, &list, pem, size, NULL));
  REFUSED(qtls_crl, qtls_crl_load(&out, NULL, 1));
  REFUSED(qtls_crl, qtls_crl_load(&out, pem, 0));
  REFUSED(qtls_ocsp_request, qtls_ocsp_request_load(&out, NULL, 1));
  REFUSED(uint8_t, qtls_ocsp_respond(&out, &n, NULL, pem, size, key));
  REFUSED(uint8_t, qtls_ocsp_respond(&out, NULL, &none, pem, size, key));
  REFUSED(uint8_t, qtls_ocsp_respond(&out, &n, &none, pem, size, key));
  REFUSED(uint8_t, qtls_ocsp_refuse(&out, NULL, QTLS_OCSP_tryLater));
  REFUSED(uint8_t, qtls_ocsp_refuse(&out, &n, (qtls_ocsp_refusal)0));
  REFUSED(uint8_t, qtls_ocsp_ask(&out, &n, NULL, cert, NULL, 0));
  REFUSED(uint8_t, qtls_ocsp_ask(&out, &n, cert, NULL, NULL, 0));
  REFUSED(uint8_t, qtls_ocsp_ask(&out, &n, cert, cert, NULL, 1));
  REFUSED(uint8_t, qtls_ocsp_ask(&out, NULL, cert, cert, NULL, 0));
  REFUSED(char, qtls_status_describe(&out, &n, NULL, 1, QTLS_FORMAT_text));
  REFUSED(char, qtls_status_describe(&out, &n, pem, size, (qtls_format)0));
  assert_err(qtls_crl_issue(NULL, &n, &list, pem, size, key), QTLS_ERR_ARGUMENT);
  assert_err(qtls_crl_load(NULL, pem, size), QTLS_ERR_ARGUMENT);
  assert_err(qtls_ocsp_request_load(NULL, pem, size), QTLS_ERR_ARGUMENT);
  assert_err(qtls_ocsp_respond(NULL, &n, &none, pem, size, key), QTLS_ERR_ARGUMENT);
  assert_err(qtls_ocsp_refuse(NULL, &n, QTLS_OCSP_tryLater), QTLS_ERR_ARGUMENT);
  assert_err(qtls_ocsp_ask(NULL, &n, cert, cert, NULL, 0), QTLS_ERR_ARGUMENT);
  assert_err(qtls_status_describe(NULL, &n, pem, size, QTLS_FORMAT_text), QTLS_ERR_ARGUMENT);
  memset(&r, 0, sizeof r); /* good, as it happens */
  assert_err(qtls_crl_judge(&r, NULL, cert, cert, QTLS_NEED_auto, NOW), QTLS_ERR_ARGUMENT);
  assert_true(r.verdict != QTLS_OK);
  memset(&r, 0, sizeof r);
  assert_err(qtls_ocsp_judge(&r, NULL, 1, cert, cert, QTLS_NEED_auto, NOW, NULL, 0), QTLS_ERR_ARGUMENT);
  assert_true(r.verdict != QTLS_OK);
  assert_err(qtls_crl_judge(NULL, NULL, cert, cert, QTLS_NEED_auto, NOW), QTLS_ERR_ARGUMENT);
  assert_err(qtls_ocsp_judge(NULL, pem, 1, cert, cert, QTLS_NEED_auto, NOW, NULL, 0), QTLS_ERR_ARGUMENT);
}

static void reading_nothing(void **state) {
  (void)state;
  size_t n = 7;
  qtls_revoked entry;
  qtls_ocsp_id id;
  assert_null(qtls_cert_read(NULL));
  assert_null(qtls_cert_der(NULL, &n));
  assert_int_equal(n, 0);
  assert_non_null(qtls_cert_der(cert, NULL));
  assert_false(qtls_cert_has_name(NULL, "a"));
  assert_false(qtls_cert_has_name(cert, NULL));
  assert_null(qtls_csr_read(NULL));
  assert_null(qtls_crl_read(NULL));
  assert_false(qtls_crl_entry(NULL, 0, &entry));
  assert_false(qtls_crl_entry(NULL, 0, NULL));
  assert_false(qtls_ocsp_request_id(NULL, 0, &id));
  n = 7;
  assert_null(qtls_ocsp_request_nonce(NULL, &n));
  assert_int_equal(n, 0);
  assert_null(qtls_ocsp_request_nonce(NULL, NULL));
  assert_null(qtls_key_kind_of(NULL));
  assert_null(qtls_key_type(NULL, false, NULL));
  assert_false(qtls_ocsp_id_is_of(NULL, cert));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(keys), cmocka_unit_test(certificates), cmocka_unit_test(chains),
                                     cmocka_unit_test(statuses), cmocka_unit_test(reading_nothing)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
