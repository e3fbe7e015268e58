/* Memory that runs out while something is told (qtls/pki.h, qtls/status.h): at
 * whatever allocation that is the error, no half text, and nothing is left behind. */
#include <stdlib.h>

#include "qtls/status.h"
#include "support/scarce.h"
#include "support/status_fixture.h"
#include "unit/unit.h"

static pki *good;
static qtls_format format;

static int set_up(void **state) {
  (void)state;
  scarce_begin();
  good = pki_make("hybrid-p384-mldsa65", NULL);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  pki_free(good);
  scarce_end();
  return 0;
}

/* Runs `what` in both formats with the first, second, ... allocation failing until it
 * gets by. */
static void exhaust(qtls_err (*what)(char **text, size_t *n)) {
  for (format = QTLS_FORMAT_text; format <= QTLS_FORMAT_json; format++) {
    bool failed = true;
    for (size_t nth = 1; failed; nth++) {
      const size_t before = scarce_held;
      char *text = NULL;
      size_t n = 0;
      scarce_left = nth;
      qtls_err err = what(&text, &n);
      failed = scarce_left == 0;
      scarce_left = 0;
      assert_err(err, failed ? QTLS_ERR_NO_MEMORY : QTLS_OK);
      assert_int_equal(text != NULL, !failed);
      qtls_pki_free(text);
      assert_int_equal(scarce_held, before);
      assert_true(failed || nth > 1);
    }
  }
}

static qtls_err verify(char **text, size_t *n) {
  const qtls_verify_request r = {.chain_pem = good->chain_pem,
                                 .chain_size = good->chain_pem_n,
                                 .trust_pem = good->trust_pem,
                                 .trust_size = good->trust_pem_n,
                                 .name = "localhost",
                                 .now = PKI_NOW};
  qtls_verify_result v;
  qtls_err err = qtls_pki_verify(&v, text, n, format, &r);
  assert_true((err == QTLS_OK) == (v.verdict == QTLS_OK));
  return err;
}

static char *file;
static size_t file_n;

static qtls_err describe(char **text, size_t *n) { return qtls_pki_describe(text, n, NULL, file, file_n, format); }

static status_bytes status;

static qtls_err describe_status(char **text, size_t *n) {
  return qtls_status_describe(text, n, status.der, status.n, format);
}

static void accounts(void **state) {
  (void)state;
  exhaust(verify);
}

/* A certificate, keys, a request and what is not known. */
static void files(void **state) {
  (void)state;
  static const char unknown[] = "-----BEGIN SOMETHING-----\nAAAA\n-----END SOMETHING-----\n";
  const qtls_cert_request wishes = {.role = QTLS_CERT_server, .common_name = "a"};
  qtls_key *key = NULL;
  char *request = NULL;
  char *pem = NULL;
  size_t request_n = 0;
  size_t n = 0;
  assert_ok(qtls_key_generate(&key, "hybrid-p384-mldsa65"));
  assert_ok(qtls_csr_make(&request, &request_n, &wishes, key));
  pem = pki_to_pem(pki_der(&good->node[PKI_LEAF]), &n);
  file_n = n + good->key_pem_n + request_n + sizeof unknown - 1;
  file = malloc(file_n);
  assert_non_null(file);
  memcpy(file, pem, n);
  memcpy(file + n, good->key_pem, good->key_pem_n);
  memcpy(file + n + good->key_pem_n, request, request_n);
  memcpy(file + file_n - (sizeof unknown - 1), unknown, sizeof unknown - 1);
  exhaust(describe);
  free(file);
  q_free(pem);
  qtls_pki_free(request);
  qtls_key_free(key);
}

static void statuses(void **state) {
  (void)state;
  const status_signer by = {.node = &good->node[PKI_INTERMEDIATE]};
  const status_answer a = status_answer_of(good);
  status = status_crl(&by, NULL);
  exhaust(describe_status);
  q_free(status.der);
  status = status_response(&by, &a, NULL);
  exhaust(describe_status);
  q_free(status.der);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(accounts), cmocka_unit_test(files), cmocka_unit_test(statuses)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
