/* Owns the judging of the peer's certificate path in the handshake: both
 * algorithms, as the protocol and the policy demand (Q-TLS §4). */
#include <string.h>

#include "crypto/hash.h"
#include "handshake/t13/t13.h"
#include "pki/sct.h"
#include "wire/certificate.h"

/* Which paths must be good (Q-TLS §4). */
static qtls_err what_is_needed(q_pki_need *need, q_machine *m, q_span leaf_der) {
  if (!q_machine_is_qtls(m)) {
    *need = Q_PKI_NEED_PRIMARY;
    return QTLS_OK;
  }
  if (m->is.suite->code == Q_SUITE_QTLS_HYBRID) {
    *need = m->is.policy == QTLS_POLICY_require_any ? Q_PKI_NEED_ANY : Q_PKI_NEED_BOTH;
    return QTLS_OK;
  }
  /* 0x13F1: a hybrid certificate serves by its alternative key and path. */
  q_cert leaf;
  Q_TRY(q_pki_cert_parse(&leaf, leaf_der));
  m->hs->leaf_alternative = leaf.alt_spki.n > 0;
  *need = m->hs->leaf_alternative ? Q_PKI_NEED_ALTERNATIVE : Q_PKI_NEED_PRIMARY;
  return QTLS_OK;
}

/* What the path must be beyond good. */
static qtls_err check_kind(q_machine *m) {
  const q_pki_verdict *v = &m->hs->verdict;
  if (m->is.suite->code == Q_SUITE_QTLS_PQC && !m->hs->leaf_alternative && !v->primary_pqc) {
    return q_machine_refuse(m, QTLS_ERR_CERT_ALT_MISSING, "0x13f1 needs ML-DSA on every link");
  }
  /* §1: the floor holds under any policy: require_any lets one of two signatures
   * fail, but not ML-DSA where the floor asks for it. */
  bool pq_auth = m->config->settings.floor >= QTLS_FLOOR_pq_auth;
  bool by_mldsa = v->primary_pqc;
  if (q_machine_is_qtls(m)) {
    by_mldsa = m->is.suite->code == Q_SUITE_QTLS_PQC || v->alternative == QTLS_OK;
  }
  if (pq_auth && !by_mldsa) {
    return q_machine_refuse(m, QTLS_ERR_FLOOR, "the floor asks for ML-DSA on every link of the certificate path");
  }
  return QTLS_OK;
}

/* Staples, and the answers to what was asked for. */
static size_t gather(q_status_evidence out[Q_STATUS_EVIDENCE_MAX], const q_machine *m) {
  const q_scratch *hs = m->hs;
  size_t n = 0;
  for (size_t i = 0; hs->entries != NULL && i < hs->entries->count; i++) {
    out[n++] = hs->entries->staples[i];
  }
  for (size_t i = 0; hs->status != NULL && i < hs->job_count; i++) {
    const q_job_slot *slot = &hs->jobs[i];
    if (slot->result_n > 0) {
      out[n++] =
          (q_status_evidence){.index = slot->index, .crl = slot->crl, .bytes = q_span_of(slot->result, slot->result_n)};
    }
  }
  return n;
}

_Static_assert(Q_CERTIFICATES_MAX + Q_JOBS_MAX <= Q_STATUS_EVIDENCE_MAX, "evidence has no room");

static bool is_pinned(const q_machine *m, q_span spki) {
  uint8_t digest[Q_HASH_MAX];
  if (spki.n == 0) {
    return false;
  }
  q_crypto_hash_once(Q_HASH_SHA256, digest, spki);
  for (size_t i = 0; i < m->config->pin_count; i++) {
    if (memcmp(digest, m->config->pins[i], sizeof m->config->pins[i]) == 0) {
      return true;
    }
  }
  return false;
}

/* RFC 7469 §2.6: some certificate of the path has a pinned key. One of extension 72
 * counts only where the alternative path is good: the signatures that vouch for it
 * are those. What the handshake's signature adds is seen later (q_t13_check_pins). */
static qtls_err find_pins(q_machine *m, const q_pki_report *report) {
  q_scratch *hs = m->hs;
  hs->pinned_own = hs->pinned_alternative = false;
  for (size_t i = 0; m->config->pin_count > 0 && i < report->count; i++) {
    const q_cert *cert = &report->rows[i].cert;
    hs->pinned_own = hs->pinned_own || is_pinned(m, cert->spki);
    hs->pinned_alternative = hs->pinned_alternative || is_pinned(m, cert->alt_spki);
  }
  return q_t13_check_pins(m, hs->verdict.primary == QTLS_OK, hs->verdict.alternative == QTLS_OK);
}

qtls_err q_t13_check_pins(const q_machine *m, bool primary, bool alternative) {
  const q_scratch *hs = m->hs;
  bool pinned = (hs->pinned_own && primary) || (hs->pinned_alternative && alternative);
  return m->config->pin_count == 0 || pinned ? QTLS_OK : QTLS_ERR_CERT_PIN;
}

/* RFC 6962 §5.2: the leaf's issuer is the next certificate of the path; a leaf that
 * is trusted itself is its own. */
static qtls_err check_logs(q_machine *m, const q_pki_report *report) {
  const unsigned least = m->config->ct_least;
  if (m->role != QTLS_CLIENT || least == 0) {
    return QTLS_OK;
  }
  const q_cert *issuer = &report->rows[report->count > 1 ? 1 : 0].cert;
  const q_span beside = m->hs->entries != NULL ? m->hs->entries->sct : q_span_of(NULL, 0);
  q_sct_found found;
  qtls_err err = q_pki_sct_check(&found, m->config->ct_logs, least, &report->rows[0].cert, issuer, beside, m->now);
  if (err == QTLS_ERR_CERT_SCT) {
    q_text t = q_machine_detail(m);
    q_text_add(&t, "logs that vouch: ");
    q_text_add_number(&t, found.count);
    q_text_add(&t, " of ");
    q_text_add_number(&t, least);
    for (size_t i = 0; i < found.count && i < Q_PKI_SCT_MAX; i++) {
      q_text_add(&t, i == 0 ? ": " : ", ");
      q_text_add(&t, found.names[i]);
    }
  }
  return err;
}

/* A client is told at once. A server learns it of a client that has proven who it
 * is (q_machine_identified), and tells of the staple that it sent itself. */
static void tell_status(q_machine *m) {
  const q_pki_verdict *v = &m->hs->verdict;
  if (m->config->revocation == Q_REVOCATION_OFF) {
    return;
  }
  bool good = false;
  for (size_t i = 0; i < v->status_count; i++) {
    if (v->status[i].index == 0) {
      good = v->status[i].verdict == QTLS_OK;
    }
    if (v->status[i].index == 0 && m->role == QTLS_CLIENT) {
      m->is.stapled = good && v->status[i].stapled;
      m->is.status_next_update = good ? v->status[i].next_update : 0;
    }
  }
  if (m->role == QTLS_CLIENT) {
    m->is.status_known = true;
    m->is.status_good = good;
  } else {
    m->hs->status_known = true;
    m->hs->status_good = good;
  }
}

static qtls_err refuse_path(q_machine *m, qtls_err err) {
  q_text t = q_machine_detail(m);
  q_text_add(&t, "certificate ");
  q_text_add_number(&t, m->hs->verdict.at);
  q_text_add(&t, m->role == QTLS_CLIENT ? " of the server's path" : " of the client's path");
  return err;
}

static qtls_err judge(q_machine *m, const q_pki_request *req, const q_certificate_list *list) {
  const qtls_config *c = m->config;
  bool account = c->pin_count > 0 || c->ct_least > 0 || c->status_jobs; /* the rest does without the path */
  q_pki_report report;
  report.count = 0;
  qtls_err err = q_pki_verify_report(&m->hs->verdict, account ? &report : NULL, req);
  if (err != QTLS_OK) {
    return refuse_path(m, err);
  }
  Q_TRY(find_pins(m, &report));
  if (m->hs->status == NULL) {
    bool asked = false;
    Q_TRY(q_t13_ask_status(&asked, m, list, &report));
    if (asked) { /* not proven: the path is judged again when the statuses are here */
      m->hs->proofs.identity = Q_NOT_PROVEN;
      return QTLS_OK;
    }
  }
  Q_TRY(check_logs(m, &report));
  Q_TRY(check_kind(m));
  tell_status(m);
  m->hs->proofs.identity = Q_PROVEN;
  return QTLS_OK;
}

/* Q-TLS §4: under require_both and require_pqc, and §1: where the floor asks for it,
 * also for a path whose own signatures are ML-DSA. */
static bool status_by_mldsa(const q_machine *m) {
  bool policy = q_machine_is_qtls(m) && m->is.policy != QTLS_POLICY_require_any;
  return policy || m->config->settings.floor >= QTLS_FLOOR_pq_auth;
}

qtls_err q_t13_judge_path(q_machine *m, const q_certificate_list *list) {
  bool client = m->role == QTLS_CLIENT;
  q_status_evidence evidence[Q_STATUS_EVIDENCE_MAX];
  q_revocation revocation = {.mode = m->config->revocation,
                             .whole_chain = m->config->whole_chain,
                             .staple_asked = m->config->revocation != Q_REVOCATION_OFF,
                             .may_ask = m->config->status_jobs && m->hs->status == NULL,
                             .pqc_needed = status_by_mldsa(m),
                             .lists = m->config->lists,
                             .evidence = evidence,
                             .evidence_count = gather(evidence, m)};
  q_pki_request req = {.trust = m->config->trust,
                       .chain = list->der,
                       .chain_count = list->count,
                       .now = m->now,
                       .name = client ? (const char *)m->is.server_name : NULL,
                       .purpose = client ? Q_PKI_SERVER : Q_PKI_CLIENT,
                       .need = Q_PKI_NEED_BOTH,
                       .revocation = &revocation,
                       .links = m->config->links,
                       .only_needed = true};
  Q_TRY(what_is_needed(&req.need, m, list->der[0]));
  return judge(m, &req, list);
}
