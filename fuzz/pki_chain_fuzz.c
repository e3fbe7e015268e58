/*
 * A chain and its anchor, all from the input: a byte of options, then
 * certificates, each after its length in two bytes, the anchor first and the leaf
 * second. With bit 5 of the options, evidence of their status comes before them.
 * Whatever it is, verdict and account agree, and twice the same; and status never
 * makes good what was not.
 */
#include "fuzz.h"
#include "pki/explain.h"

static void account(const q_pki_verdict *v, qtls_err err, const q_pki_report *report, const q_pki_request *req,
                    bool json) {
  q_doc d = q_pki_doc(json);
  char *text = NULL;
  size_t n = 0;
  q_pki_doc_open(&d, NULL);
  FUZZ_CHECK(q_pki_explain(&d, v, err, report, req) == QTLS_OK);
  q_pki_doc_close(&d);
  FUZZ_CHECK(q_pki_doc_end(&d, &text, &n) == QTLS_OK && n > 0);
  for (size_t i = 0; i < n; i++) {
    FUZZ_CHECK(text[i] == '\n' || ((uint8_t)text[i] >= 0x20 && text[i] != 0x7F));
  }
  q_free(text);
}

/* A byte: mode, whole chain, staple asked for, pieces of evidence. For each a byte
 * (index, list or response, stapled) and its bytes after their length in two. */
static bool read_status(q_revocation *out, q_status_evidence evidence[4], q_reader *in) {
  uint8_t options = 0;
  if (q_read_u8(in, &options) != QTLS_OK) {
    return false;
  }
  *out = (q_revocation){.mode = (q_revocation_mode)((options & 3) % 3),
                        .whole_chain = (options & 4) != 0,
                        .staple_asked = (options & 8) != 0,
                        .evidence = evidence};
  for (size_t i = 0; i < (size_t)(options >> 4 & 3); i++) {
    uint8_t what = 0;
    q_span bytes = {NULL, 0};
    if (q_read_u8(in, &what) != QTLS_OK || q_read_vec16(in, &bytes, 0, 65535) != QTLS_OK) {
      return false;
    }
    evidence[out->evidence_count++] = (q_status_evidence){what & 15, (what & 16) != 0, bytes, (what & 32) != 0};
  }
  return true;
}

/* With status off nothing else is decided differently. */
static void check_status(const q_pki_request *req, const q_pki_verdict *v, qtls_err err) {
  q_pki_request plain = *req;
  q_pki_verdict without;
  plain.revocation = NULL;
  qtls_err plain_err = q_pki_verify(&without, &plain);
  FUZZ_CHECK(err != QTLS_OK || plain_err == QTLS_OK);
  FUZZ_CHECK(plain_err == QTLS_OK || (err == plain_err && v->status_count == 0));
  FUZZ_CHECK(without.status_count == 0);
  for (size_t i = 0; err == QTLS_OK && i < v->status_count; i++) {
    FUZZ_CHECK(v->status[i].verdict == QTLS_OK || v->status[i].verdict == QTLS_ERR_CERT_STATUS_UNKNOWN);
    FUZZ_CHECK(v->status[i].index < req->chain_count);
  }
  q_pki_verdict_free(&without);
}

static void judge(const q_pki_request *req) {
  q_pki_verdict v;
  q_pki_verdict again;
  q_pki_report report;
  qtls_err err = q_pki_verify_report(&v, &report, req);
  if (err == QTLS_OK) {
    FUZZ_CHECK(v.path_length > 0 && v.path_length == report.count);
    FUZZ_CHECK(v.primary == QTLS_OK || v.alternative == QTLS_OK);
    FUZZ_CHECK(req->need != Q_PKI_NEED_BOTH || (v.primary == QTLS_OK && v.alternative == QTLS_OK));
    for (size_t i = 0; i < report.count; i++) {
      FUZZ_CHECK(report.rows[i].rules == QTLS_OK);
    }
  }
  account(&v, err, &report, req, false);
  account(&v, err, &report, req, true);
  FUZZ_CHECK(q_pki_verify(&again, req) == err);
  if (req->revocation != NULL) {
    check_status(req, &v, err);
  }
  FUZZ_CHECK(again.primary == v.primary && again.alternative == v.alternative && again.at == v.at);
  q_pki_verdict_free(&v);
  q_pki_verdict_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const names[] = {NULL, "localhost", "www.example.test", "127.0.0.1"};
  q_reader in = q_span_of(data, size);
  q_span chain[Q_PKI_CHAIN_MAX + 1];
  q_span anchor = {NULL, 0};
  uint8_t options = 0;
  size_t count = 0;
  size_t line = 0;
  q_trust *trust = NULL;
  q_status_evidence evidence[4];
  q_revocation revocation;
  if (q_read_u8(&in, &options) != QTLS_OK) {
    return 0;
  }
  bool status = (options & 32) != 0;
  if ((status && !read_status(&revocation, evidence, &in)) || q_read_vec16(&in, &anchor, 0, 65535) != QTLS_OK) {
    return 0;
  }
  while (count < Q_COUNT(chain) && q_read_vec16(&in, &chain[count], 0, 65535) == QTLS_OK) {
    count++;
  }
  FUZZ_CHECK(q_pki_trust_new(&trust) == QTLS_OK);
  qtls_err added = q_pki_trust_add(trust, &line, anchor); /* an empty store is a case too */
  FUZZ_CHECK((added == QTLS_OK) == (q_pki_trust_count(trust) > 0));
  q_pki_request req = {.trust = trust,
                       .chain = chain,
                       .chain_count = count,
                       .now = INT64_C(1795500000),
                       .name = names[options & 3],
                       .purpose = (options & 4) != 0 ? Q_PKI_CLIENT : Q_PKI_SERVER,
                       .need = (q_pki_need)(options >> 3 & 3),
                       .revocation = status ? &revocation : NULL};
  judge(&req);
  q_pki_trust_free(trust);
  return 0;
}
