/* Owns the behaviour of the Q-TLS extensions (Q-TLS §4, §5). The server's side
 * stands in EncryptedExtensions, and only when Q-TLS was chosen. */
#include "handshake/ext/ext.h"

bool q_ext_pqc_offers(const q_machine *m) { return m->hs->offer.qtls; }
bool q_ext_pqc_answers(const q_machine *m) { return q_machine_is_qtls(m); }

static size_t kems(uint16_t *out, const q_codes *groups) {
  size_t n = 0;
  for (size_t i = 0; i < groups->count; i++) {
    if (q_group_is_kyber(groups->code[i])) {
      out[n++] = groups->code[i];
    }
  }
  return n;
}

static size_t signatures(uint16_t *out, const q_codes *schemes) {
  size_t n = 0;
  for (size_t i = 0; i < schemes->count; i++) {
    if ((q_scheme_find(schemes->code[i])->protocols & Q_PROTO_QTLS10) != 0) {
      out[n++] = schemes->code[i];
    }
  }
  return n;
}

static void write_algorithms(q_writer *w, const q_codes *groups, const q_codes *schemes) {
  uint16_t kem[Q_LIST_MAX];
  uint16_t sig[Q_LIST_MAX];
  size_t kem_n = kems(kem, groups);
  q_wire_pqc_algorithms_write(w, kem, kem_n, sig, signatures(sig, schemes));
}

qtls_err q_ext_pqc_algorithms_write_hello(q_machine *m, q_writer *w) {
  write_algorithms(w, &m->hs->offer.groups, &m->hs->offer.schemes);
  return QTLS_OK;
}

/* §3: what it lists beyond suites, groups and schemes is ignored. */
qtls_err q_ext_pqc_algorithms_read_hello(q_machine *m, q_hello_facts *facts, q_span body) {
  (void)m;
  (void)facts;
  q_pqc_algorithms lists;
  return q_wire_pqc_algorithms_read(&lists, body);
}

void q_ext_pqc_algorithms_write_answer(const q_machine *m, q_writer *w) {
  write_algorithms(w, &m->config->settings.groups, &m->config->settings.schemes);
}

qtls_err q_ext_pqc_algorithms_read_answer(q_machine *m, q_span body) {
  (void)m;
  q_pqc_algorithms lists;
  return q_wire_pqc_algorithms_read(&lists, body);
}

static void write_mode(const q_machine *m, q_writer *w) {
  q_hybrid_mode mode = {(uint8_t)m->config->settings.policy, m->config->settings.priority};
  q_wire_hybrid_mode_write(w, &mode);
}

qtls_err q_ext_hybrid_mode_write_hello(q_machine *m, q_writer *w) {
  write_mode(m, w);
  return QTLS_OK;
}

qtls_err q_ext_hybrid_mode_read_hello(q_machine *m, q_hello_facts *facts, q_span body) {
  (void)m;
  q_hybrid_mode mode = {0, 0};
  Q_TRY(q_wire_hybrid_mode_read(&mode, body));
  facts->offer.has_hybrid_mode = true;
  facts->offer.policy = (qtls_policy)mode.policy;
  facts->offer.priority = mode.priority;
  return QTLS_OK;
}

void q_ext_hybrid_mode_write_answer(const q_machine *m, q_writer *w) { write_mode(m, w); }

/* §4: each side enforces the stricter of the two. */
qtls_err q_ext_hybrid_mode_read_answer(q_machine *m, q_span body) {
  q_hybrid_mode mode = {0, 0};
  Q_TRY(q_wire_hybrid_mode_read(&mode, body));
  if (!q_machine_is_qtls(m)) {
    return QTLS_OK;
  }
  m->is.policy = q_policy_stricter(m->is.policy, (qtls_policy)mode.policy);
  if (m->is.policy == QTLS_POLICY_require_both && m->is.suite->code == Q_SUITE_QTLS_PQC) {
    return q_machine_refuse(m, QTLS_ERR_POLICY_NONE, "the server demands two signatures, but selected 0x13f1");
  }
  return QTLS_OK;
}

bool q_ext_hsm_answers(const q_machine *m) { return q_machine_is_qtls(m) && m->config->has_hsm; }

void q_ext_hsm_write_answer(const q_machine *m, q_writer *w) { q_wire_hsm_capabilities_write(w, &m->config->hsm); }

qtls_err q_ext_hsm_read_answer(q_machine *m, q_span body) {
  m->is.has_peer_hsm = true;
  return q_wire_hsm_capabilities_read(&m->is.peer_hsm, body);
}

/* No sessions are kept: nothing lives, nothing is supported. */
void q_ext_cache_write_answer(const q_machine *m, q_writer *w) {
  (void)m;
  q_session_cache_info none = {0, false, false};
  q_wire_session_cache_info_write(w, &none);
}

qtls_err q_ext_cache_read_answer(q_machine *m, q_span body) {
  (void)m;
  q_session_cache_info info;
  return q_wire_session_cache_info_read(&info, body);
}
