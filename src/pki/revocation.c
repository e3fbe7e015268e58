/* Owns the question whether a certificate of a verified path was revoked. */
#include "pki/revocation.h"

#include "pki/access.h"
#include "pki/crl_store.h"
#include "pki/ocsp.h"

/* A list that was fetched for this certificate. */
static qtls_err judge_list(qtls_status_result *out, q_span der, const q_status_question *q, const q_status_link *link) {
  q_crl crl;
  qtls_err err = q_pki_crl_parse(&crl, der);
  if (err == QTLS_OK) {
    err = q_pki_crl_judge(out, &crl, link->cert, link->issuer, q->pqc_needed, q->now);
  } else if (err != QTLS_ERR_NO_MEMORY) {
    out->verdict = err;
    err = QTLS_OK;
  }
  q_pki_crl_free(&crl);
  return err;
}

/* Evidence is about the certificate that it came with, wherever that stands. */
static bool is_about(const q_status_evidence *e, const q_status_question *q, const q_cert *cert) {
  return e->index < q->chain_count && q_base_span_equal(q->chain[e->index], cert->der);
}

/* What counts: a revocation always, else the first that says good. */
static void take(q_status_row *row, const qtls_status_result *r, bool stapled) {
  if (r->verdict == QTLS_ERR_CERT_REVOKED) {
    *row = (q_status_row){.verdict = r->verdict, .index = row->index};
  } else if (row->verdict == QTLS_ERR_CERT_STATUS_UNKNOWN) {
    row->verdict = QTLS_OK;
    row->stapled = stapled;
    row->next_update = r->next_update;
  }
}

static qtls_err look_at_lists(q_status_row *row, const q_status_question *q, const q_status_link *link) {
  const q_crl_store *lists = q->asked->lists;
  for (size_t i = 0; lists != NULL && i < lists->count && row->verdict != QTLS_ERR_CERT_REVOKED; i++) {
    qtls_status_result r;
    Q_TRY(q_pki_crl_judge(&r, &lists->list[i].crl, link->cert, link->issuer, q->pqc_needed, q->now));
    if (r.verdict == QTLS_OK || r.verdict == QTLS_ERR_CERT_REVOKED) {
      take(row, &r, false);
    }
  }
  return QTLS_OK;
}

/* Does a list, known beforehand or fetched, revoke the certificate of a responder? */
static qtls_err look_at_responder(const void *context, const q_cert *responder, const q_dual_signer *issuer) {
  const q_status_question *q = context;
  const q_status_link link = {responder, issuer, SIZE_MAX};
  q_status_row row = {.verdict = QTLS_ERR_CERT_STATUS_UNKNOWN};
  Q_TRY(look_at_lists(&row, q, &link));
  for (size_t i = 0; i < q->asked->evidence_count && row.verdict != QTLS_ERR_CERT_REVOKED; i++) {
    qtls_status_result r = {.verdict = QTLS_ERR_CERT_STATUS_UNKNOWN};
    if (q->asked->evidence[i].crl) {
      Q_TRY(judge_list(&r, q->asked->evidence[i].bytes, q, &link));
    }
    row.verdict = r.verdict == QTLS_ERR_CERT_REVOKED ? r.verdict : row.verdict;
  }
  return row.verdict == QTLS_ERR_CERT_REVOKED ? row.verdict : QTLS_OK;
}

static bool has_lists(const q_status_question *q) {
  bool any = q->asked->lists != NULL && q->asked->lists->count > 0;
  for (size_t i = 0; i < q->asked->evidence_count; i++) {
    any = any || q->asked->evidence[i].crl;
  }
  return any;
}

/* What came with the certificate. *staple: why a stapled answer does not count. */
static qtls_err look_at_evidence(q_status_row *row, qtls_err *staple, const q_status_question *q,
                                 const q_status_link *link) {
  for (size_t i = 0; i < q->asked->evidence_count; i++) {
    const q_status_evidence *e = &q->asked->evidence[i];
    if (!is_about(e, q, link->cert)) {
      continue;
    }
    qtls_status_result r = {.verdict = QTLS_ERR_CERT_STATUS_UNKNOWN};
    if (e->crl) {
      Q_TRY(judge_list(&r, e->bytes, q, link));
    } else {
      const q_ocsp_terms terms = {.pqc_needed = q->pqc_needed,
                                  .now = q->now,
                                  .memory = q->memory,
                                  .responder = has_lists(q) ? look_at_responder : NULL,
                                  .context = q};
      Q_TRY(q_pki_ocsp_judge(&r, e->bytes, link->cert, link->issuer, &terms));
    }
    if (r.verdict == QTLS_OK || r.verdict == QTLS_ERR_CERT_REVOKED) {
      take(row, &r, e->stapled);
    } else if (e->stapled && *staple == QTLS_OK) {
      *staple = r.verdict;
    }
  }
  return QTLS_OK;
}

static bool has_url(const q_cert *cert) {
  q_span url;
  return q_pki_urls(&url, 1, cert, Q_URL_OCSP) > 0 || q_pki_urls(&url, 1, cert, Q_URL_CRL) > 0;
}

/* A revocation counts whatever else was said; a bad staple counts next. */
static qtls_err judge_one(q_status_row *row, const q_status_question *q, const q_status_link *link) {
  *row = (q_status_row){.verdict = QTLS_ERR_CERT_STATUS_UNKNOWN, .index = link->index};
  if (link->issuer == NULL) {
    return QTLS_OK;
  }
  qtls_err staple = QTLS_OK;
  Q_TRY(look_at_evidence(row, &staple, q, link));
  Q_TRY(look_at_lists(row, q, link));
  if (row->verdict == QTLS_ERR_CERT_REVOKED) {
    return row->verdict;
  }
  row->wanted = row->verdict != QTLS_OK && has_url(link->cert);
  return staple;
}

static bool is_stapled(const q_status_question *q, const q_cert *cert) {
  for (size_t i = 0; i < q->asked->evidence_count; i++) {
    const q_status_evidence *e = &q->asked->evidence[i];
    if (e->stapled && !e->crl && is_about(e, q, cert)) {
      return true;
    }
  }
  return false;
}

/* RFC 7633 §4.2.3.1: in a certificate with status_request among its features. */
static qtls_err check_must_staple(const q_status_question *q, const q_cert *leaf) {
  bool holds = q->asked->staple_asked && leaf->must_staple;
  return holds && !is_stapled(q, leaf) ? QTLS_ERR_CERT_STAPLE_MISSING : QTLS_OK;
}

static qtls_err check_known(const q_status_row *rows, size_t *at, const q_status_question *q,
                            const q_status_link *links, size_t count) {
  if (q->asked->mode != Q_REVOCATION_HARD) {
    return QTLS_OK;
  }
  size_t asked = q->asked->whole_chain ? count : 1;
  for (size_t i = 0; i < asked; i++) {
    bool later = q->asked->may_ask && rows[i].wanted && rows[i].index < q->chain_count;
    if (links[i].issuer != NULL && rows[i].verdict != QTLS_OK && !later) {
      *at = i;
      return QTLS_ERR_CERT_STATUS_UNKNOWN;
    }
  }
  return QTLS_OK;
}

qtls_err q_pki_revocation_judge(q_status_row *rows, size_t *at, const q_status_question *q, const q_status_link *links,
                                size_t count) {
  *at = 0;
  if (count == 0 || q->asked->evidence_count > Q_STATUS_EVIDENCE_MAX) {
    return QTLS_ERR_ARGUMENT;
  }
  for (size_t i = 0; i < count; i++) {
    rows[i] = (q_status_row){.verdict = QTLS_ERR_CERT_STATUS_UNKNOWN, .index = links[i].index};
  }
  qtls_err first = QTLS_OK;
  bool off = q->asked->mode == Q_REVOCATION_OFF;
  /* With revocation off only a staple that must be there is looked at. */
  size_t judged = !off ? count : q->asked->staple_asked && links[0].cert->must_staple ? 1 : 0;
  for (size_t i = 0; i < judged; i++) {
    qtls_err err = judge_one(&rows[i], q, &links[i]);
    if (err == QTLS_ERR_NO_MEMORY) {
      return err;
    }
    if (err != QTLS_OK && (first == QTLS_OK || (err == QTLS_ERR_CERT_REVOKED && first != err))) {
      first = err;
      *at = i;
    }
  }
  Q_TRY(first);
  Q_TRY(check_must_staple(q, links[0].cert));
  return check_known(rows, at, q, links, count);
}
