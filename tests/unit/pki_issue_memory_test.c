/* Memory that runs out while something is issued, asked for, encrypted or vouched
 * for: at whatever allocation an error, nothing left behind and nothing half made. */
#include <stdlib.h>

#include "crypto/hash.h"
#include "pki/csr_info.h"
#include "pki/info.h"
#include "pki/keyfile.h"
#include "pki/profile.h"
#include "pki/sct.h"
#include "support/pki_fixture.h"
#include "support/scarce.h"
#include "unit/unit.h"

static pki *good;
static uint8_t *request;
static size_t request_n;

static int set_up(void **state) {
  (void)state;
  scarce_begin();
  good = pki_make("hybrid-p384-mldsa65", NULL);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  q_free(request);
  pki_free(good);
  scarce_end();
  return 0;
}

static const char *const names[] = {"a.test", "URI:x:y"};
static const char *const urls[] = {"http://a.test/"};
static const char *const bases[] = {"DNS:a.test", "IP:192.0.2.0/24"};

static qtls_cert_request everything(qtls_cert_role role) {
  qtls_cert_request r = {.role = role,
                         .common_name = "x",
                         .names = names,
                         .name_count = 2,
                         .not_after = PKI_NOW,
                         .ocsp_urls = urls,
                         .ocsp_url_count = 1,
                         .issuer_urls = urls,
                         .issuer_url_count = 1,
                         .crl_urls = urls,
                         .crl_url_count = 1};
  if (role == QTLS_CERT_authority) {
    r.permitted = r.excluded = bases;
    r.permitted_count = r.excluded_count = 2;
  }
  return r;
}

/* Issued, read and told. */
static qtls_err issue(void) {
  const qtls_cert_request r = everything(QTLS_CERT_authority);
  const pki_node *root = &good->node[PKI_ROOT];
  const q_subject subject = {.spki = root->cert.spki, .alt_spki = root->cert.alt_spki};
  uint8_t *der = NULL;
  size_t n = 0;
  q_cert cert;
  q_arena arena = {0};
  qtls_cert_info info;
  qtls_err err = q_pki_profile_issue(&der, &n, &r, &subject, NULL, (q_key_pair){root->key, root->alt_key});
  assert_true((err == QTLS_OK) == (der != NULL));
  err = err == QTLS_OK ? q_pki_cert_parse(&cert, q_span_of(der, n)) : err;
  err = err == QTLS_OK ? q_pki_info_make(&info, &arena, &cert) : err;
  q_arena_free(&arena);
  q_free(der);
  return err;
}

static qtls_err make_request(void) {
  const qtls_cert_request r = everything(QTLS_CERT_server);
  const pki_node *leaf = &good->node[PKI_LEAF];
  q_issue w;
  Q_TRY(q_pki_profile_fill(&w, &r));
  w.subject = leaf->cert.subject;
  w.spki = leaf->cert.spki;
  w.alt_spki = leaf->cert.alt_spki;
  w.key = leaf->key;
  w.alt_key = leaf->alt_key;
  uint8_t *der = NULL;
  size_t n = 0;
  qtls_err err = q_pki_csr_make(&der, &n, &w);
  assert_true((err == QTLS_OK) == (der != NULL));
  if (err == QTLS_OK && request == NULL && scarce_left == 0) {
    request = der;
    request_n = n;
    return QTLS_OK;
  }
  q_free(der);
  return err;
}

static qtls_err read_request(void) {
  q_csr csr;
  q_arena arena = {0};
  qtls_csr_info info;
  bool tame = false;
  Q_TRY(q_pki_csr_parse(&csr, q_span_of(request, request_n)));
  qtls_err err = q_pki_csr_prove(&csr);
  err = err == QTLS_OK ? q_pki_csr_info_make(&info, &tame, &arena, &csr) : err;
  q_arena_free(&arena);
  return err;
}

/* Written under a phrase and read again. */
static qtls_err seal_and_open(void) {
  const pki_node *leaf = &good->node[PKI_LEAF];
  char *pem = NULL;
  size_t n = 0;
  q_privkey *keys[Q_PKI_KEYS_MAX] = {NULL, NULL};
  size_t count = 0;
  size_t line = 0;
  const q_span phrase = q_span_of("phrase", 6);
  qtls_err err = q_pki_keys_seal(&pem, &n, leaf->key, leaf->alt_key, phrase, 1);
  assert_true((err == QTLS_OK) == (pem != NULL));
  if (err == QTLS_OK) {
    err = q_pki_keys_open(keys, &count, &line, q_span_of(pem, n), phrase, &q_crypto_pbes_limits);
  }
  q_crypto_privkey_free(keys[0]);
  q_crypto_privkey_free(keys[1]);
  q_free(pem);
  return err;
}

static q_privkey *log_key;
static uint8_t *log_spki;
static size_t log_spki_n;

/* A log becomes known, and its timestamp is looked at. */
static qtls_err vouch(void) {
  const q_cert *leaf = &good->node[PKI_LEAF].cert;
  const q_cert *issuer = &good->node[PKI_INTERMEDIATE].cert;
  q_ct_logs *logs = NULL;
  uint8_t *message = NULL;
  size_t n = 0;
  q_sct_found found;
  qtls_err err = q_pki_ct_logs_add(&logs, "log", q_span_of(log_spki, log_spki_n));
  assert_true((err == QTLS_OK) == (logs != NULL));
  err = err == QTLS_OK ? q_pki_sct_signed(&message, &n, leaf, issuer, true, 1, q_span_of(NULL, 0)) : err;
  q_free(message);
  if (err == QTLS_OK) { /* a signature that is none: all is allocated to find out */
    uint8_t list[2 + 2 + 1 + 32 + 8 + 2 + 2 + 2 + 1] = {0, sizeof list - 2, 0, sizeof list - 4};
    uint8_t digest[Q_HASH_MAX];
    q_crypto_hash_once(Q_HASH_SHA256, digest, q_span_of(log_spki, log_spki_n));
    memcpy(list + 5, digest, 32);
    list[47] = 4;
    list[48] = 3;
    list[50] = 1;
    err = q_pki_sct_check(&found, logs, 1, leaf, issuer, q_span_of(list, sizeof list), PKI_NOW);
    assert_int_equal(found.count, 0);
    err = err == QTLS_ERR_CERT_SCT ? QTLS_OK : err;
  }
  q_pki_ct_logs_free(logs);
  return err;
}

static void issuing(void **state) {
  (void)state;
  scarce_exhaust(issue);
}

static void requests(void **state) {
  (void)state;
  scarce_exhaust(make_request);
  assert_ok(make_request());
  assert_non_null(request);
  scarce_exhaust(read_request);
}

static void encrypted_keys(void **state) {
  (void)state;
  scarce_exhaust(seal_and_open);
}

static void logs(void **state) {
  (void)state;
  assert_ok(q_crypto_privkey_generate(&log_key, Q_KEY_EC_P256, 0));
  assert_ok(q_crypto_privkey_to_spki(log_key, &log_spki, &log_spki_n));
  scarce_exhaust(vouch);
  q_crypto_privkey_free(log_key);
  q_free(log_spki);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(issuing), cmocka_unit_test(requests),
                                     cmocka_unit_test(encrypted_keys), cmocka_unit_test(logs)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
