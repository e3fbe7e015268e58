/* The public functions for revocation lists and OCSP (qtls/status.h). */
#include <stdlib.h>

#include "qtls/status.h"
#include "unit/unit.h"

#define NOW INT64_C(1795500000)
#define DAY INT64_C(86400)

static const char *const names[] = {"localhost"};
static const char *const crl_url[] = {"http://crl.example.test/middle.crl"};

typedef struct set {
  qtls_key *root_key, *middle_key, *leaf_key, *responder_key;
  char *root, *middle, *leaf, *responder;
  size_t root_n, middle_n, leaf_n, responder_n;
  qtls_cert *middle_cert, *leaf_cert, *root_cert;
} set;

static set make(const char *kind) {
  set s = {0};
  qtls_key **keys[] = {&s.root_key, &s.middle_key, &s.leaf_key, &s.responder_key};
  for (size_t i = 0; i < 4; i++) {
    assert_ok(qtls_key_generate(keys[i], kind));
  }
  qtls_cert_request r = {
      .role = QTLS_CERT_authority, .common_name = "Root", .not_before = NOW - DAY, .not_after = NOW + 100 * DAY};
  assert_ok(qtls_cert_issue(&s.root, &s.root_n, &r, s.root_key, NULL, 0, NULL));
  r.common_name = "Middle";
  assert_ok(qtls_cert_issue(&s.middle, &s.middle_n, &r, s.middle_key, s.root, s.root_n, s.root_key));
  r = (qtls_cert_request){
      .role = QTLS_CERT_ocsp, .common_name = "Responder", .not_before = NOW - DAY, .not_after = NOW + 10 * DAY};
  assert_ok(qtls_cert_issue(&s.responder, &s.responder_n, &r, s.responder_key, s.middle, s.middle_n, s.middle_key));
  r = (qtls_cert_request){.role = QTLS_CERT_server,
                          .common_name = "Leaf",
                          .names = names,
                          .name_count = 1,
                          .not_before = NOW - DAY,
                          .not_after = NOW + 50 * DAY,
                          .crl_urls = crl_url,
                          .crl_url_count = 1,
                          .must_staple = true};
  assert_ok(qtls_cert_issue(&s.leaf, &s.leaf_n, &r, s.leaf_key, s.middle, s.middle_n, s.middle_key));
  assert_ok(qtls_cert_load_pem(&s.root_cert, NULL, s.root, s.root_n, 0));
  assert_ok(qtls_cert_load_pem(&s.middle_cert, NULL, s.middle, s.middle_n, 0));
  assert_ok(qtls_cert_load_pem(&s.leaf_cert, NULL, s.leaf, s.leaf_n, 0));
  return s;
}

static void drop(set *s) {
  qtls_key *keys[] = {s->root_key, s->middle_key, s->leaf_key, s->responder_key};
  char *texts[] = {s->root, s->middle, s->leaf, s->responder};
  qtls_cert *certs[] = {s->root_cert, s->middle_cert, s->leaf_cert};
  for (size_t i = 0; i < 4; i++) {
    qtls_key_free(keys[i]);
    qtls_pki_free(texts[i]);
  }
  for (size_t i = 0; i < 3; i++) {
    qtls_cert_free(certs[i]);
  }
}

/* The leaf's serial number out of its description. */
static size_t serial_of(uint8_t out[20], const qtls_cert *cert) {
  return unit_hex(out, 20, qtls_cert_read(cert)->serial);
}

static uint8_t *list_of(const set *s, size_t *n, qtls_reason reason, bool revoked) {
  uint8_t serial[20];
  uint8_t *der = NULL;
  size_t serial_n = serial_of(serial, s->leaf_cert);
  qtls_revoked one = {serial, serial_n, NOW - 5, reason};
  qtls_crl_request r = {.number = 258,
                        .this_update = NOW - DAY,
                        .next_update = NOW + DAY,
                        .revoked = &one,
                        .revoked_count = revoked ? 1 : 0};
  assert_ok(qtls_crl_issue(&der, n, &r, s->middle, s->middle_n, s->middle_key));
  return der;
}

static void reasons(void **state) {
  (void)state;
  for (int i = -1; i < 12; i++) {
    const char *name = qtls_reason_name(i);
    bool known = i >= 0 && i <= 10 && i != 7;
    assert_int_equal(strcmp(name, "unknown") != 0, known);
    assert_int_equal(qtls_reason_find(name), known ? i : -1);
  }
  assert_int_equal(qtls_reason_find("KEYCOMPROMISE"), QTLS_REASON_keyCompromise);
  assert_int_equal(qtls_reason_find("key"), -1);
  assert_int_equal(qtls_reason_find("keyCompromised"), -1);
  assert_int_equal(qtls_reason_find(NULL), -1);
}

static void lists(void **state) {
  (void)state;
  static const char *const kinds[] = {"hybrid-p384-mldsa65", "mldsa65", "p256"};
  for (size_t k = 0; k < 3; k++) {
    set s = make(kinds[k]);
    for (int revoked = 0; revoked < 2; revoked++) {
      size_t n = 0;
      qtls_crl *crl = NULL;
      qtls_revoked entry;
      qtls_status_result result;
      uint8_t *der = list_of(&s, &n, QTLS_REASON_keyCompromise, revoked != 0);
      assert_ok(qtls_crl_load(&crl, der, n));
      const qtls_crl_info *info = qtls_crl_read(crl);
      assert_string_equal(info->issuer, "CN=Middle");
      assert_true(info->number == 258 && info->this_update == NOW - DAY && info->next_update == NOW + DAY);
      assert_int_equal(info->revoked_count, revoked);
      assert_int_equal(info->alt_signature_algorithm != NULL, k == 0);
      assert_int_equal(qtls_crl_entry(crl, 0, &entry), revoked);
      assert_false(qtls_crl_entry(crl, 1, &entry));
      assert_ok(qtls_crl_judge(&result, crl, s.leaf_cert, s.middle_cert, QTLS_NEED_auto, NOW));
      assert_err(result.verdict, revoked ? QTLS_ERR_CERT_REVOKED : QTLS_OK);
      assert_int_equal(result.pqc, k < 2);
      if (revoked) {
        assert_int_equal(entry.reason, QTLS_REASON_keyCompromise);
        assert_true(entry.when == NOW - 5 && result.revoked_at == NOW - 5);
      }
      assert_ok(qtls_crl_judge(&result, crl, s.leaf_cert, s.middle_cert, QTLS_NEED_both, NOW));
      assert_int_equal(result.verdict == QTLS_ERR_STATUS_ALT, k == 2 && !revoked);
      assert_ok(qtls_crl_judge(&result, crl, s.leaf_cert, s.root_cert, QTLS_NEED_auto, NOW));
      assert_err(result.verdict, QTLS_ERR_CRL_ISSUER);
      qtls_crl_free(crl);
      qtls_pki_free(der);
    }
    drop(&s);
  }
}

static void requests_and_responses(void **state) {
  (void)state;
  static const char *const kinds[] = {"hybrid-p384-mldsa65", "mldsa65", "p256"};
  static const uint8_t nonce[32] = {9, 9, 9};
  for (size_t k = 0; k < 3; k++) {
    set s = make(kinds[k]);
    uint8_t *der = NULL;
    size_t n = 0;
    size_t nonce_n = 0;
    qtls_ocsp_request *request = NULL;
    qtls_ocsp_answer answer = {.state = QTLS_OCSP_good};
    assert_ok(qtls_ocsp_ask(&der, &n, s.leaf_cert, s.middle_cert, nonce, sizeof nonce));
    assert_ok(qtls_ocsp_request_load(&request, der, n));
    qtls_pki_free(der);
    assert_true(qtls_ocsp_request_id(request, 0, &answer.id));
    assert_false(qtls_ocsp_request_id(request, 1, &answer.id));
    assert_string_equal(answer.id.hash, "SHA-1");
    assert_true(qtls_ocsp_id_is_of(&answer.id, s.middle_cert));
    assert_false(qtls_ocsp_id_is_of(&answer.id, s.root_cert));
    const uint8_t *got = qtls_ocsp_request_nonce(request, &nonce_n);
    assert_true(nonce_n == 32 && memcmp(got, nonce, 32) == 0);
    qtls_ocsp_response_request r = {.answers = &answer,
                                    .answer_count = 1,
                                    .nonce = got,
                                    .nonce_size = nonce_n,
                                    .produced_at = NOW,
                                    .this_update = NOW,
                                    .next_update = NOW + DAY};
    for (int by_responder = 0; by_responder < 2; by_responder++) {
      for (int what = 0; what < 3; what++) {
        qtls_status_result result;
        answer.state = (qtls_ocsp_state)what;
        answer.revoked_at = NOW - 7;
        answer.reason = QTLS_REASON_superseded;
        assert_ok(qtls_ocsp_respond(&der, &n, &r, by_responder ? s.responder : s.middle,
                                    by_responder ? s.responder_n : s.middle_n,
                                    by_responder ? s.responder_key : s.middle_key));
        assert_ok(qtls_ocsp_judge(&result, der, n, s.leaf_cert, s.middle_cert, QTLS_NEED_auto, NOW, nonce, 32));
        assert_err(result.verdict, what == 0 ? QTLS_OK : what == 1 ? QTLS_ERR_CERT_REVOKED : QTLS_ERR_OCSP_UNKNOWN);
        assert_int_equal(result.pqc, k < 2 && what < 2);
        if (what == 1) {
          assert_true(result.revoked_at == NOW - 7 && result.reason == QTLS_REASON_superseded);
        }
        assert_ok(qtls_ocsp_judge(&result, der, n, s.leaf_cert, s.middle_cert, QTLS_NEED_auto, NOW, nonce, 31));
        assert_err(result.verdict, what == 1 ? QTLS_ERR_CERT_REVOKED : QTLS_ERR_OCSP_NONCE); /* final, whoever asked */
        assert_ok(qtls_ocsp_judge(&result, der, n, s.leaf_cert, s.root_cert, QTLS_NEED_auto, NOW, NULL, 0));
        assert_err(result.verdict, QTLS_ERR_OCSP_STATUS);
        qtls_pki_free(der);
      }
    }
    qtls_ocsp_request_free(request);
    drop(&s);
  }
}

static void refused_arguments(void **state) {
  (void)state;
  set s = make("p256");
  uint8_t *der = NULL;
  size_t n = 0;
  qtls_ocsp_request *request = NULL;
  qtls_crl *crl = NULL;
  uint8_t serial[20];
  qtls_ocsp_answer answer = {.id = {.hash = "SHA-1", .hash_size = 20, .serial = serial}};
  answer.id.serial_size = serial_of(serial, s.leaf_cert);
  const qtls_ocsp_response_request sound = {
      .answers = &answer, .answer_count = 1, .produced_at = NOW, .this_update = NOW, .next_update = NOW + 1};
  qtls_ocsp_response_request r = sound;
  assert_ok(qtls_ocsp_respond(&der, &n, &r, s.middle, s.middle_n, s.middle_key));
  qtls_pki_free(der);
  /* Who may sign: an authority or a responder, with its own key. */
  assert_err(qtls_ocsp_respond(&der, &n, &r, s.leaf, s.leaf_n, s.leaf_key), QTLS_ERR_ARGUMENT);
  assert_err(qtls_ocsp_respond(&der, &n, &r, s.middle, s.middle_n, s.leaf_key), QTLS_ERR_KEY_MISMATCH);
  assert_err(qtls_ocsp_respond(&der, &n, &r, "words", 5, s.leaf_key), QTLS_ERR_PEM);
  assert_err(qtls_ocsp_respond(&der, &n, &r, NULL, 0, s.leaf_key), QTLS_ERR_ARGUMENT);
  r.answer_count = 0;
  assert_err(qtls_ocsp_respond(&der, &n, &r, s.middle, s.middle_n, s.middle_key), QTLS_ERR_ARGUMENT);
  r = sound;
  r.next_update = NOW;
  assert_err(qtls_ocsp_respond(&der, &n, &r, s.middle, s.middle_n, s.middle_key), QTLS_ERR_ARGUMENT);
  r = sound;
  r.nonce = serial; /* of no bytes */
  assert_err(qtls_ocsp_respond(&der, &n, &r, s.middle, s.middle_n, s.middle_key), QTLS_ERR_ARGUMENT);
  static const struct {
    const char *hash;
    size_t hash_size, serial_size;
  } ids[] = {{"SHA-1", 32, 5}, {"SHA-256", 20, 5}, {"unknown", 0, 5},
             {NULL, 20, 5},    {"SHA-1", 20, 0},   {"SHA-1", 20, 21}};
  for (size_t i = 0; i < Q_COUNT(ids); i++) {
    qtls_ocsp_answer bad = answer;
    bad.id.hash = ids[i].hash;
    bad.id.hash_size = ids[i].hash_size;
    bad.id.serial_size = ids[i].serial_size;
    r = sound;
    r.answers = &bad;
    assert_err(qtls_ocsp_respond(&der, &n, &r, s.middle, s.middle_n, s.middle_key), QTLS_ERR_ARGUMENT);
    assert_null(der);
  }
  static const int refusals[] = {0, 4, 5, 7};
  for (size_t i = 0; i < Q_COUNT(refusals); i++) {
    assert_err(qtls_ocsp_refuse(&der, &n, (qtls_ocsp_refusal)refusals[i]), QTLS_ERR_ARGUMENT);
  }
  assert_ok(qtls_ocsp_refuse(&der, &n, QTLS_OCSP_unauthorized));
  unit_equal(der, n, "30030a0106");
  qtls_pki_free(der);
  assert_err(qtls_ocsp_request_load(&request, "", 0), QTLS_ERR_OCSP_REQUEST);
  assert_err(qtls_crl_load(&crl, "words", 5), QTLS_ERR_PEM);
  assert_err(qtls_crl_load(&crl, s.leaf, s.leaf_n), QTLS_ERR_PEM);
  assert_null(crl);
  qtls_crl_free(NULL);
  qtls_ocsp_request_free(NULL);
  drop(&s);
}

static void verifying(void **state) {
  (void)state;
  set s = make("hybrid-p384-mldsa65");
  char chain[40000];
  size_t chain_n = s.leaf_n + s.middle_n;
  assert_true(chain_n < sizeof chain);
  memcpy(chain, s.leaf, s.leaf_n);
  memcpy(chain + s.leaf_n, s.middle, s.middle_n);
  size_t n = 0;
  char *account = NULL;
  qtls_verify_result v;
  uint8_t *revoked = list_of(&s, &n, QTLS_REASON_superseded, true);
  qtls_verify_request r = {.chain_pem = chain,
                           .chain_size = chain_n,
                           .trust_pem = s.root,
                           .trust_size = s.root_n,
                           .name = "localhost",
                           .now = NOW,
                           .crls = revoked,
                           .crls_size = n};
  assert_ok(qtls_pki_verify(&v, &account, NULL, QTLS_FORMAT_json, &r));
  assert_err(v.verdict, QTLS_ERR_CERT_REVOKED);
  assert_err(v.status, QTLS_ERR_CERT_REVOKED);
  assert_non_null(strstr(account, "\"status\": \"CERT_REVOKED\""));
  qtls_pki_free(account);
  qtls_pki_free(revoked);
  uint8_t *clean = list_of(&s, &n, QTLS_REASON_superseded, false);
  r.crls = clean;
  r.crls_size = n;
  r.status_required = true;
  assert_ok(qtls_pki_verify(&v, &account, NULL, QTLS_FORMAT_text, &r));
  assert_ok(v.verdict);
  assert_ok(v.status);
  assert_non_null(strstr(account, "status: good"));
  assert_non_null(strstr(account, "status: not known"));
  qtls_pki_free(account);
  r.status_of_all = true;
  assert_ok(qtls_pki_verify(&v, NULL, NULL, QTLS_FORMAT_text, &r));
  assert_err(v.verdict, QTLS_ERR_CERT_STATUS_UNKNOWN);
  assert_int_equal(v.at, 1);
  r.status_of_all = false;
  r.staple_required = true;
  assert_ok(qtls_pki_verify(&v, NULL, NULL, QTLS_FORMAT_text, &r));
  assert_err(v.verdict, QTLS_ERR_CERT_STAPLE_MISSING);
  r.ocsp = "junk";
  r.ocsp_size = 4;
  assert_ok(qtls_pki_verify(&v, NULL, NULL, QTLS_FORMAT_text, &r));
  assert_err(v.verdict, QTLS_ERR_OCSP_PARSE);
  r.crls_size = n - 1;
  assert_err(qtls_pki_verify(&v, NULL, NULL, QTLS_FORMAT_text, &r), QTLS_ERR_CRL_PARSE);
  assert_true(v.verdict != QTLS_OK);
  qtls_pki_free(clean);
  drop(&s);
}

static void expect_words(const void *bytes, size_t n, const char *const *words) {
  for (int json = 0; json < 2; json++) {
    char *text = NULL;
    assert_ok(qtls_status_describe(&text, NULL, bytes, n, json ? QTLS_FORMAT_json : QTLS_FORMAT_text));
    for (size_t i = 0; words[i] != NULL; i++) {
      if (strstr(text, words[i]) == NULL) {
        print_error("%s is not in\n%s", words[i], text);
        fail();
      }
    }
    qtls_pki_free(text);
  }
}

static void describing(void **state) {
  (void)state;
  set s = make("hybrid-p384-mldsa65");
  size_t n = 0;
  uint8_t *der = list_of(&s, &n, QTLS_REASON_superseded, true);
  const char *const list[] = {"CN=Middle",          "superseded", "ML-DSA-65",
                              "ECDSA with SHA-384", "258",        qtls_cert_read(s.leaf_cert)->serial,
                              "2026-11-2",          NULL};
  expect_words(der, n, list);
  qtls_pki_free(der);
  const char *const request[] = {"OCSP request", "SHA-1", qtls_cert_read(s.leaf_cert)->serial, "abcd", NULL};
  assert_ok(qtls_ocsp_ask(&der, &n, s.leaf_cert, s.middle_cert, (const uint8_t *)"\xAB\xCD", 2));
  expect_words(der, n, request);
  qtls_ocsp_request *asked = NULL;
  qtls_ocsp_answer answer = {.state = QTLS_OCSP_revoked, .revoked_at = NOW, .reason = QTLS_REASON_keyCompromise};
  assert_ok(qtls_ocsp_request_load(&asked, der, n));
  qtls_pki_free(der);
  assert_true(qtls_ocsp_request_id(asked, 0, &answer.id));
  qtls_ocsp_response_request r = {
      .answers = &answer, .answer_count = 1, .produced_at = NOW, .this_update = NOW, .next_update = NOW + DAY};
  assert_ok(qtls_ocsp_respond(&der, &n, &r, s.responder, s.responder_n, s.responder_key));
  const char *const response[] = {"OCSP response", "successful", "revoked", "keyCompromise", "ML-DSA-65", NULL};
  expect_words(der, n, response);
  qtls_pki_free(der);
  qtls_ocsp_request_free(asked);
  assert_ok(qtls_ocsp_refuse(&der, &n, QTLS_OCSP_tryLater));
  const char *const refusal[] = {"OCSP response", "tryLater", NULL};
  expect_words(der, n, refusal);
  qtls_pki_free(der);
  char *text = NULL;
  assert_err(qtls_status_describe(&text, NULL, "\x30\x00", 2, QTLS_FORMAT_text), QTLS_ERR_CRL_PARSE);
  assert_err(qtls_status_describe(&text, NULL, "words", 5, QTLS_FORMAT_text), QTLS_ERR_PEM);
  assert_err(qtls_status_describe(&text, NULL, "words", 5, (qtls_format)9), QTLS_ERR_ARGUMENT);
  assert_null(text);
  drop(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reasons),           cmocka_unit_test(lists),     cmocka_unit_test(requests_and_responses),
      cmocka_unit_test(refused_arguments), cmocka_unit_test(verifying), cmocka_unit_test(describing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
