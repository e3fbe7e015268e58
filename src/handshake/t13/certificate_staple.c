/* Owns what goes out with an identity's leaf: the OCSP response that was stapled to
 * it, where the peer asks for one and while it is fresh (RFC 8446 §4.4.2.1, Q-TLS §9). */
#include "handshake/t13/t13.h"
#include "pki/revocation.h"

/* As the peer will judge it: one that does not count is worse than none. */
static bool is_fresh(const q_staple *staple, int64_t now) {
  if (staple == NULL) {
    return false;
  }
  return now <= (staple->next_update != 0 ? staple->next_update : staple->this_update + Q_OCSP_AGE_MOST);
}

q_span q_t13_fresh_staple(const q_machine *m, size_t identity) {
  const q_staple *staple = m->config->ids[identity].staple;
  bool send = m->hs->status_asked && is_fresh(staple, m->now);
  return send ? q_span_of(staple->p, staple->n) : q_span_of(NULL, 0);
}

q_span q_t13_plain_certificate(const q_machine *m) {
  static const uint8_t none[] = {Q_MSG_CERTIFICATE, 0, 0, 4, 0, 0, 0, 0};
  if (m->hs->own_scheme == NULL) {
    return q_span_of(none, sizeof none);
  }
  size_t identity = m->hs->choice.identity;
  const q_configured_identity *id = &m->config->ids[identity];
  const q_messages *messages = q_t13_fresh_staple(m, identity).n > 0 ? id->stapled : id->plain;
  return q_span_of(messages->certificate.p, messages->certificate.n);
}

qtls_err q_t13_own_certificate(const q_messages **out, q_machine *m, size_t identity) {
  const q_configured_identity *id = &m->config->ids[identity];
  bool stapled = q_t13_fresh_staple(m, identity).n > 0;
  if (m->role == QTLS_SERVER && !stapled && m->hs->status_asked && m->config->staple_required) {
    return q_machine_refuse(m, QTLS_ERR_STAPLE_NONE, id->staple == NULL ? "none was set" : "it is past its nextUpdate");
  }
  *out = stapled ? id->stapled : id->plain;
  if (m->role == QTLS_SERVER) {
    m->is.stapled = stapled;
    m->is.status_next_update = stapled ? id->staple->next_update : 0;
  }
  return QTLS_OK;
}
