/*
 * OCSP about a certificate of an issuer's: the rest of the input is read as a
 * response and as a request, judged with and without a nonce and ML-DSA,
 * described; a request that can be read is asked and answered anew.
 */
#include "fuzz_status.h"
#include "pki/status_describe.h"

static void describe(q_span der) {
  for (int json = 0; json < 2; json++) {
    char *text = NULL;
    size_t n = 0;
    q_doc d = q_pki_doc(json != 0);
    FUZZ_CHECK(q_pki_status_describe(&d, der) == QTLS_OK);
    FUZZ_CHECK(q_pki_doc_end(&d, &text, &n) == QTLS_OK && n > 0);
    q_free(text);
  }
}

static qtls_status_result judge(const fuzz_case *c, bool pqc_needed, q_span nonce) {
  qtls_status_result r;
  const q_ocsp_terms terms = {.pqc_needed = pqc_needed, .now = FUZZ_NOW, .nonce = nonce};
  FUZZ_CHECK(q_pki_ocsp_judge(&r, c->evidence, &c->cert, &c->signer, &terms) == QTLS_OK);
  return r;
}

static void check_response(const fuzz_case *c) {
  static const q_span none = {NULL, 0};
  q_ocsp_response response;
  qtls_status_result without = judge(c, false, none);
  qtls_status_result with_pqc = judge(c, true, none);
  fuzz_agree(&without, &with_pqc);
  qtls_err err = q_pki_ocsp_response_read(&response, c->evidence);
  FUZZ_CHECK((err == QTLS_ERR_OCSP_PARSE) == (without.verdict == QTLS_ERR_OCSP_PARSE));
  if (err != QTLS_OK) {
    return;
  }
  describe(c->evidence);
  fuzz_inside(response.nonce, c->evidence);
  for (size_t i = 0; i < response.cert_count; i++) {
    fuzz_inside(response.certs[i], c->evidence);
  }
  FUZZ_CHECK(judge(c, false, response.nonce).verdict == without.verdict);
  if (response.nonce.n > 0 && without.verdict == QTLS_OK) {
    FUZZ_CHECK(judge(c, false, q_span_of("x", 1)).verdict == QTLS_ERR_OCSP_NONCE ||
               q_base_span_equal(response.nonce, q_span_of("x", 1)));
  }
}

static void check_request(const fuzz_case *c) {
  q_ocsp_request request;
  q_ocsp_id id;
  if (q_pki_ocsp_request_read(&request, c->evidence) != QTLS_OK) {
    return;
  }
  describe(c->evidence);
  fuzz_inside(request.nonce, c->evidence);
  for (size_t i = 0; i < request.count; i++) {
    FUZZ_CHECK(q_pki_ocsp_request_at(&id, &request, i));
    (void)q_pki_ocsp_id_is_of(&id, &c->issuer);
  }
  FUZZ_CHECK(!q_pki_ocsp_request_at(&id, &request, request.count));
}

/* Our own request for this certificate can be read, and is about it. */
static void check_asking(const fuzz_case *c) {
  uint8_t *der = NULL;
  size_t n = 0;
  q_ocsp_request request;
  q_ocsp_id id;
  q_span nonce = q_span_of(&c->options, 1);
  if (q_pki_ocsp_ask(&der, &n, &c->cert, &c->issuer, nonce) == QTLS_OK) {
    FUZZ_CHECK(q_pki_ocsp_request_read(&request, q_span_of(der, n)) == QTLS_OK && request.count == 1);
    FUZZ_CHECK(q_base_span_equal(request.nonce, nonce) && q_pki_ocsp_request_at(&id, &request, 0));
    FUZZ_CHECK(q_pki_ocsp_id_is_of(&id, &c->issuer) && q_base_span_equal(id.serial, c->cert.serial));
  }
  q_free(der);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_case c;
  if (!fuzz_case_open(&c, data, size)) {
    return 0;
  }
  check_response(&c);
  check_request(&c);
  check_asking(&c);
  fuzz_case_close(&c);
  return 0;
}
