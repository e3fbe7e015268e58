/*
 * Owns what a server makes of a client's answer to its request, in the handshake
 * and after it: nobody, or somebody whose path was judged, whose signature was
 * verified, and who is let in. Every fact starts as "not proven".
 */
#include "handshake/t13/t13.h"

qtls_err q_t13_take_no_client(q_machine *m) {
  if (m->hs->answer_required) {
    return QTLS_ERR_CERT_REQUIRED;
  }
  m->hs->answer = Q_ANSWER_EMPTY;
  return QTLS_OK;
}

static bool fits_a_rule(const q_machine *m, const q_cert *leaf, const q_peer *who) {
  for (size_t i = 0; i < m->config->allow_count; i++) {
    if (q_pki_allow_fits(&m->config->allow[i], leaf, who)) {
      return true;
    }
  }
  return m->config->allow_count == 0;
}

qtls_err q_t13_take_client(q_machine *m, q_span leaf_der) {
  q_scratch *hs = m->hs;
  q_cert leaf;
  Q_TRY(q_pki_cert_parse(&leaf, leaf_der));
  q_machine_client_free(hs->candidate);
  hs->candidate = q_alloc(sizeof *hs->candidate);
  if (hs->candidate == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  Q_TRY(q_pki_peer_make(&hs->candidate->who, &leaf));
  hs->candidate->auth_time = m->now;
  hs->allowed = fits_a_rule(m, &leaf, hs->candidate->who);
  hs->answer = Q_ANSWER_CERTIFICATE;
  return QTLS_OK;
}

qtls_err q_t13_let_in(q_machine *m) {
  if (m->hs->answer != Q_ANSWER_CERTIFICATE || m->hs->candidate == NULL || m->hs->proofs.signature != Q_PROVEN) {
    return QTLS_ERR_INTERNAL;
  }
  if (m->hs->allowed) {
    return QTLS_OK;
  }
  q_text t = q_machine_detail(m);
  q_text_add(&t, "no rule lets in ");
  q_text_add(&t, m->hs->candidate->who->subject);
  return QTLS_ERR_ACCESS_DENIED;
}

/* What is left to prove where there is no certificate: that there may be none. */
qtls_err q_t13_client_answered(q_machine *m) {
  q_scratch *hs = m->hs;
  bool may_lack = hs->answer == Q_ANSWER_NOT_ASKED ? !hs->certificate_asked && !hs->answer_required
                                                   : hs->answer == Q_ANSWER_EMPTY && !hs->answer_required;
  if (may_lack) {
    hs->proofs.identity = Q_PROVEN;
    hs->proofs.signature = Q_PROVEN;
  } else if (hs->answer != Q_ANSWER_CERTIFICATE) {
    return QTLS_ERR_INTERNAL;
  }
  return q_machine_identified(m, &hs->proofs);
}
