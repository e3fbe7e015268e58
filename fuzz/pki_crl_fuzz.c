/*
 * A revocation list about a certificate of an issuer's: read whole or not at all,
 * every entry found again, judged twice, described.
 */
#include "fuzz_status.h"
#include "pki/status_describe.h"

static void check_entries(const q_crl *crl) {
  for (size_t i = 0; i < crl->count; i++) {
    const q_crl_entry *e = &crl->entries[i];
    q_span serial = q_span_of(e->serial, e->serial_n);
    fuzz_inside(serial, crl->der);
    const q_crl_entry *found = q_pki_crl_find(crl, serial);
    FUZZ_CHECK(found != NULL || e->reason == QTLS_REASON_removeFromCRL);
    FUZZ_CHECK(found == NULL || q_base_span_equal(serial, q_span_of(found->serial, found->serial_n)));
  }
  FUZZ_CHECK(q_pki_crl_find(crl, q_span_of("\x7E\x7E\x7E\x7E\x7E\x7E\x7E\x7E\x7E\x7E\x7E\x7E\x7E\x7E\x7E\x7E\x7E\x7E"
                                           "\x7E\x7E\x7E",
                                           21)) == NULL);
}

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_case c;
  if (!fuzz_case_open(&c, data, size)) {
    return 0;
  }
  q_crl crl;
  if (q_pki_crl_parse(&crl, c.evidence) == QTLS_OK) {
    qtls_status_result without;
    qtls_status_result with_pqc;
    fuzz_inside(crl.issuer, c.evidence);
    check_entries(&crl);
    FUZZ_CHECK(q_pki_crl_judge(&without, &crl, &c.cert, &c.signer, false, FUZZ_NOW) == QTLS_OK);
    FUZZ_CHECK(q_pki_crl_judge(&with_pqc, &crl, &c.cert, &c.signer, true, FUZZ_NOW) == QTLS_OK);
    fuzz_agree(&without, &with_pqc);
    describe(c.evidence);
  }
  q_pki_crl_free(&crl);
  fuzz_case_close(&c);
  return 0;
}
