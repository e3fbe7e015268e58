/* Owns the account of a verification as a document. */
#include "pki/explain.h"

#include <string.h>

#include "pki/algorithm.h"
#include "pki/dn.h"
#include "pki/sct.h"

static const char *needed(q_pki_need need) {
  switch (need) {
    case Q_PKI_NEED_PRIMARY:
      return "the certificates' own signatures";
    case Q_PKI_NEED_ALTERNATIVE:
      return "the alternative signatures";
    case Q_PKI_NEED_BOTH:
      return "both signatures";
    case Q_PKI_NEED_ANY:
      return "one of both signatures";
  }
  return "";
}

static void write_signature(q_doc *d, const char *name, q_span algorithm, bool judged, qtls_err err, bool anchor) {
  q_pki_doc_open(d, name);
  q_pki_doc_text(d, "algorithm", q_pki_algorithm_name(algorithm));
  q_pki_doc_text(d, "by", anchor ? "trusted by being in the store" : "the next certificate's key");
  if (judged) {
    q_pki_doc_verdict(d, "verdict", err);
  } else {
    q_pki_doc_text(d, "verdict", "not judged");
  }
  q_pki_doc_close(d);
}

/* Nobody told, and where nobody has to that is no failure. */
static void write_status(q_doc *d, qtls_err status, qtls_err decided) {
  if (!d->json && status == QTLS_ERR_CERT_STATUS_UNKNOWN && decided != status) {
    q_pki_doc_text(d, "status", "not known");
  } else {
    q_pki_doc_verdict(d, "status", status);
  }
}

static void write_row(q_doc *d, const q_pki_report_row *row, size_t at, const q_status_row *status, qtls_err decided) {
  q_text subject = {0};
  q_pki_dn_write(&subject, row->cert.subject);
  q_pki_doc_open(d, NULL);
  q_pki_doc_text(d, "place", at == 0 && !row->anchor ? "leaf" : row->anchor ? "anchor" : "intermediate");
  q_pki_doc_built(d, "subject", &subject);
  q_pki_doc_verdict(d, "rules", row->rules);
  write_signature(d, "signature", row->cert.sig_alg, row->primary_judged, row->primary, row->anchor);
  if (row->cert.alt_signature.n > 0) {
    write_signature(d, "alternative_signature", row->cert.alt_sig_alg, row->alternative_judged, row->alternative,
                    row->anchor);
  }
  if (status != NULL) {
    write_status(d, status->verdict, decided);
  }
  q_pki_doc_close(d);
}

static void write_logs(q_doc *d, const q_pki_report *report) {
  q_pki_doc_verdict(d, "transparency", report->transparency);
  q_pki_doc_open_list(d, "logs_that_vouch");
  for (size_t i = 0; i < report->logs->count && i < Q_PKI_SCT_MAX; i++) {
    q_text name = {0};
    q_pki_text_tame(&name, q_span_of(report->logs->names[i], strlen(report->logs->names[i])));
    q_pki_doc_built(d, NULL, &name);
  }
  q_pki_doc_close(d);
}

qtls_err q_pki_explain(q_doc *d, const q_pki_verdict *verdict, qtls_err decided, const q_pki_report *report,
                       const q_pki_request *req) {
  q_pki_doc_open(d, NULL);
  q_pki_doc_verdict(d, "verdict", decided);
  q_pki_doc_text(d, "needed", needed(req->need));
  q_pki_doc_verdict(d, "own_signatures", verdict->primary);
  q_pki_doc_verdict(d, "alternative_signatures", verdict->alternative);
  if (decided != QTLS_OK) {
    q_pki_doc_number(d, "failed_at", (int64_t)verdict->at);
  }
  q_pki_doc_bool(
      d, "quantum_safe",
      decided == QTLS_OK && ((verdict->primary == QTLS_OK && verdict->primary_pqc) || verdict->alternative == QTLS_OK));
  if (req->name != NULL) {
    q_text name = {0};
    q_pki_text_tame(&name, q_span_of(req->name, strlen(req->name)));
    q_pki_doc_built(d, "name", &name);
    q_pki_doc_verdict(d, "name_verdict", report->name);
  }
  if (report->logs != NULL) {
    write_logs(d, report);
  }
  q_pki_doc_number(d, "signatures_checked", (int64_t)report->signatures);
  q_pki_doc_open_list(d, "path");
  for (size_t i = 0; i < report->count; i++) {
    write_row(d, &report->rows[i], i, i < verdict->status_count ? &verdict->status[i] : NULL, decided);
  }
  q_pki_doc_close(d);
  q_pki_doc_close(d);
  return d->text.err;
}
