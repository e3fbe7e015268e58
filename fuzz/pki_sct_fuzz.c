/*
 * Timestamps of transparency logs: a byte (bits 0-1 how many are wanted, bit 2
 * whether they stand in the leaf), a log's key after its length in two bytes, and
 * a list of timestamps. Those found are no more than there are logs.
 */
#include "fuzz.h"
#include "pki/sct.h"
#include "support/pki_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static pki *p;
  q_reader in = q_span_of(data, size);
  q_span key;
  uint8_t how = 0;
  if (p == NULL) {
    p = pki_make("p256", NULL);
  }
  if (q_read_u8(&in, &how) != QTLS_OK || q_read_vec16(&in, &key, 0, 65535) != QTLS_OK) {
    return 0;
  }
  q_ct_logs *logs = NULL;
  qtls_err added = q_pki_ct_logs_add(&logs, "log", key);
  FUZZ_CHECK((added == QTLS_OK) == (logs != NULL));
  if (added == QTLS_OK) {
    q_ct_logs *again = logs;
    FUZZ_CHECK(q_pki_ct_logs_add(&again, "the same", key) == QTLS_OK && again == logs);
  }
  q_cert leaf = p->node[PKI_LEAF].cert;
  leaf.sct_list = (how & 4) != 0 ? in : q_span_of(NULL, 0);
  q_span entry = (how & 4) != 0 ? q_span_of(NULL, 0) : in;
  q_sct_found found;
  qtls_err err = q_pki_sct_check(&found, logs, how & 3, &leaf, &p->node[PKI_INTERMEDIATE].cert, entry, PKI_NOW);
  FUZZ_CHECK(err == QTLS_OK || err == QTLS_ERR_CERT_SCT);
  FUZZ_CHECK(found.count <= 1 && (err == QTLS_OK) == (found.count >= (how & 3U)));
  uint8_t *signed_bytes = NULL;
  size_t n = 0;
  if (q_pki_sct_signed(&signed_bytes, &n, &leaf, &p->node[PKI_INTERMEDIATE].cert, (how & 4) != 0, size, in) ==
      QTLS_OK) {
    FUZZ_CHECK(n > 2 && signed_bytes[0] == 0 && signed_bytes[1] == 0); /* v1, certificate_timestamp */
  }
  q_free(signed_bytes);
  q_pki_ct_logs_free(logs);
  return 0;
}
