/* Owns the public function that judges chains (qtls/pki.h). */
#include "qtls/pki.h"

#include "api/pki_objects.h"
#include "pki/explain.h"
#include "pki/identity.h"

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

static qtls_err judge(qtls_verify_result *out, char **account, size_t *size, qtls_format format,
                      const qtls_verify_request *r, const q_identity *chain, const q_trust *trust,
                      const q_crl_store *lists) {
  q_status_evidence evidence = {.bytes = q_span_of(r->ocsp, r->ocsp_size), .stapled = true};
  q_revocation revocation = {.mode = r->status_required ? Q_REVOCATION_HARD : Q_REVOCATION_SOFT,
                             .whole_chain = r->status_of_all,
                             .staple_asked = r->staple_required,
                             .lists = lists,
                             .evidence = &evidence,
                             .evidence_count = r->ocsp != NULL ? 1 : 0};
  q_span ders[Q_PKI_CHAIN_MAX];
  for (size_t i = 0; i < chain->count; i++) {
    ders[i] = q_span_of(chain->der[i], chain->der_n[i]);
  }
  q_pki_request req = {.trust = trust,
                       .chain = ders,
                       .chain_count = chain->count,
                       .now = r->now,
                       .name = r->name,
                       .purpose = r->client ? Q_PKI_CLIENT : Q_PKI_SERVER,
                       .need = need_of(r->need, chain),
                       .revocation = asks_status(r) ? &revocation : NULL};
  q_pki_verdict v;
  q_pki_report report;
  out->verdict = q_pki_verify_report(&v, &report, &req);
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

/* On errors too the caller frees them. */
static qtls_err read_lists(q_crl_store **out, const qtls_verify_request *r) {
  size_t line = 0;
  Q_TRY(q_pki_crl_store_new(out));
  return q_pki_crl_store_add(*out, &line, q_span_of(r->crls, r->crls_size));
}

qtls_err qtls_pki_verify(qtls_verify_result *out, char **account, size_t *account_size, qtls_format format,
                         const qtls_verify_request *request) {
  size_t unused = 0;
  size_t line = 0;
  Q_API_NOTHING(account);
  if (out != NULL) {
    *out = (qtls_verify_result){.verdict = QTLS_ERR_CERT_UNKNOWN_CA,
                                .primary = QTLS_ERR_CERT_UNKNOWN_CA,
                                .alternative = QTLS_ERR_CERT_UNKNOWN_CA,
                                .status = QTLS_ERR_CERT_STATUS_UNKNOWN};
  }
  if (out == NULL || request == NULL || request->chain_pem == NULL || request->trust_pem == NULL ||
      (format != QTLS_FORMAT_text && format != QTLS_FORMAT_json)) {
    return QTLS_ERR_ARGUMENT;
  }
  q_identity *chain = NULL;
  q_trust *trust = NULL;
  q_crl_store *lists = NULL;
  qtls_err err = q_pki_chain_load(&chain, &line, q_span_of(request->chain_pem, request->chain_size));
  if (err == QTLS_OK) {
    err = q_pki_trust_new(&trust);
  }
  if (err == QTLS_OK) {
    err = q_pki_trust_add(trust, &line, q_span_of(request->trust_pem, request->trust_size));
  }
  if (err == QTLS_OK && request->crls != NULL) {
    err = read_lists(&lists, request);
  }
  if (err == QTLS_OK) {
    err = judge(out, account, account_size != NULL ? account_size : &unused, format, request, chain, trust, lists);
  }
  q_pki_crl_store_free(lists);
  q_pki_trust_free(trust);
  q_pki_identity_free(chain);
  return err;
}
