/* Owns the judging of the peer's certificate path in the handshake: both
 * algorithms, as the protocol and the policy demand (Q-TLS §4). */
#include "handshake/t13/t13.h"
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

qtls_err q_t13_judge_path(q_machine *m, const q_certificate_list *list) {
  q_pki_request req = {.trust = m->config->trust,
                       .chain = list->der,
                       .chain_count = list->count,
                       .now = m->now,
                       .name = (const char *)m->is.server_name,
                       .purpose = Q_PKI_SERVER,
                       .need = Q_PKI_NEED_BOTH,
                       .only_needed = true};
  Q_TRY(what_is_needed(&req.need, m, list->der[0]));
  qtls_err err = q_pki_verify(&m->hs->verdict, &req);
  if (err != QTLS_OK) {
    q_text t = q_machine_detail(m);
    q_text_add(&t, "certificate ");
    q_text_add_number(&t, m->hs->verdict.at);
    q_text_add(&t, " of the server's path");
    return err;
  }
  Q_TRY(check_kind(m));
  m->hs->proofs.identity = Q_PROVEN;
  return QTLS_OK;
}
