/* Owns the public function that judges chains (qtls/pki.h). */
#include "qtls/pki.h"

#include "api/pki_objects.h"
#include "pki/explain.h"
#include "pki/identity.h"
#include "pki/sct.h"

static q_pki_need need_of(qtls_need need, const q_identity *chain) {
  switch (need) {
    case QTLS_NEED_primary: return Q_PKI_NEED_PRIMARY;
    case QTLS_NEED_alternative: return Q_PKI_NEED_ALTERNATIVE;
    case QTLS_NEED_any: return Q_PKI_NEED_ANY;
    case QTLS_NEED_both: return Q_PKI_NEED_BOTH;
    case QTLS_NEED_auto: break;
  }
  return chain->leaf.alt_spki.n > 0 ? Q_PKI_NEED_BOTH : Q_PKI_NEED_PRIMARY;
}

static qtls_err write_account(char **account, size_t *size, qtls_format format, const q_pki_verdict *verdict,
                              qtls_err decided, const q_pki_report *report, const q_pki_request *req) {
  q_doc d = q_pki_doc(format == QTLS_FORMAT_json);
  qtls_err err = q_pki_explain(&d, verdict, decided, report, req);
  if (err != QTLS_OK) {
    q_pki_text_free(&d.text);
    return err;
  }
  return q_pki_doc_end(&d, account, size);
}

static bool asks_status(const qtls_verify_request *r) {
  return r->crls != NULL || r->ocsp != NULL || r->status_required || r->staple_required;
}

/* What a request's texts become. */
typedef struct inputs {
  q_identity *chain;
  q_trust *trust;
  q_crl_store *lists;
  q_ct_logs *logs;
} inputs;

/* RFC 6962 §5.2, of a path that is good: its second certificate has issued the leaf; one
 * that is trusted itself is its own issuer. */
static qtls_err check_logs(q_sct_found *found, q_pki_report *report, const qtls_verify_request *r,
                           const q_ct_logs *logs) {
  if (r->client || r->ct_required == 0) {
    return QTLS_OK;
  }
  if (report->count == 0) {
    return QTLS_ERR_CERT_SCT; /* a path that is good has a leaf */
  }
  const q_cert *issuer = &report->rows[report->count > 1 ? 1 : 0].cert;
  report->transparency =
      q_pki_sct_check(found, logs, r->ct_required, &report->rows[0].cert, issuer, q_span_of(NULL, 0), r->now);
  report->logs = found;
  return report->transparency;
}

static qtls_err judge(qtls_verify_result *out, char **account, size_t *size, qtls_format format,
                      const qtls_verify_request *r, const inputs *in) {
  const q_identity *chain = in->chain;
  q_status_evidence evidence = {.bytes = q_span_of(r->ocsp, r->ocsp_size), .stapled = true};
  q_revocation revocation = {.mode = r->status_required ? Q_REVOCATION_HARD : Q_REVOCATION_SOFT,
                             .whole_chain = r->status_of_all,
                             .staple_asked = r->staple_required,
                             .lists = in->lists,
                             .evidence = &evidence,
                             .evidence_count = r->ocsp != NULL ? 1 : 0};
  q_span ders[Q_PKI_CHAIN_MAX];
  for (size_t i = 0; i < chain->count; i++) {
    ders[i] = q_span_of(chain->der[i], chain->der_n[i]);
  }
  q_pki_request req = {.trust = in->trust,
                       .chain = ders,
                       .chain_count = chain->count,
                       .now = r->now,
                       .name = r->name,
                       .purpose = r->client ? Q_PKI_CLIENT : Q_PKI_SERVER,
                       .need = need_of(r->need, chain),
                       .revocation = asks_status(r) ? &revocation : NULL};
  q_pki_verdict v;
  q_pki_report report;
  q_sct_found found;
  out->verdict = q_pki_verify_report(&v, &report, &req);
  if (out->verdict == QTLS_OK) {
    out->verdict = check_logs(&found, &report, r, in->logs);
    v.at = out->verdict == QTLS_OK ? v.at : 0;
  }
  out->primary = v.primary;
  out->alternative = v.alternative;
  out->alternative_present = v.alternative_present;
  out->primary_pqc = v.primary_pqc;
  out->at = v.at;
  out->path_length = v.path_length;
  out->status = v.status_count > 0 ? v.status[0].verdict : QTLS_ERR_CERT_STATUS_UNKNOWN;
  qtls_err err = out->verdict == QTLS_ERR_NO_MEMORY ? out->verdict : QTLS_OK;
  if (err == QTLS_OK && account != NULL) {
    err = write_account(account, size, format, &v, out->verdict, &report, &req);
    out->verdict = err == QTLS_OK ? out->verdict : err; /* no good verdict with an error */
  }
  q_pki_verdict_free(&v);
  return err;
}

static void drop(inputs *in) {
  q_pki_ct_logs_free(in->logs);
  q_pki_crl_store_free(in->lists);
  q_pki_trust_free(in->trust);
  q_pki_identity_free(in->chain);
}

/* On errors too the caller drops them. */
static qtls_err read_inputs(inputs *in, const qtls_verify_request *r) {
  size_t line = 0;
  Q_TRY(q_pki_chain_load(&in->chain, &line, q_span_of(r->chain_pem, r->chain_size)));
  Q_TRY(q_pki_trust_new(&in->trust));
  Q_TRY(q_pki_trust_add(in->trust, &line, q_span_of(r->trust_pem, r->trust_size)));
  if (r->crls != NULL) {
    Q_TRY(q_pki_crl_store_new(&in->lists));
    Q_TRY(q_pki_crl_store_add(in->lists, &line, q_span_of(r->crls, r->crls_size)));
  }
  for (size_t i = 0; i < r->ct_log_count; i++) {
    const qtls_ct_log *log = &r->ct_logs[i];
    if (log->name == NULL || log->key == NULL) {
      return QTLS_ERR_ARGUMENT;
    }
    Q_TRY(q_pki_ct_logs_add(&in->logs, log->name, q_span_of(log->key, log->key_size)));
  }
  return QTLS_OK;
}

qtls_err qtls_pki_verify(qtls_verify_result *out, char **account, size_t *account_size, qtls_format format,
                         const qtls_verify_request *request) {
  size_t unused = 0;
  Q_API_NOTHING(account);
  if (out != NULL) {
    *out = (qtls_verify_result){.verdict = QTLS_ERR_CERT_UNKNOWN_CA,
                                .primary = QTLS_ERR_CERT_UNKNOWN_CA,
                                .alternative = QTLS_ERR_CERT_UNKNOWN_CA,
                                .status = QTLS_ERR_CERT_STATUS_UNKNOWN};
  }
  if (out == NULL || request == NULL || request->chain_pem == NULL || request->trust_pem == NULL ||
      (request->ct_logs == NULL && request->ct_log_count > 0) ||
      (format != QTLS_FORMAT_text && format != QTLS_FORMAT_json)) {
    return QTLS_ERR_ARGUMENT;
  }
  inputs in = {0};
  qtls_err err = read_inputs(&in, request);
  if (err == QTLS_OK) {
    err = judge(out, account, account_size != NULL ? account_size : &unused, format, request, &in);
  }
  drop(&in);
  return err;
}
