/* Owns Certificate and CompressedCertificate in the handshake: the server sends
 * what was encoded when its configuration was frozen; the client has the path
 * judged, both algorithms as the protocol and policy demand (Q-TLS §4). */
#include "wire/certificate.h"

#include <string.h>

#include "handshake/cert_compress.h"
#include "handshake/t13/t13.h"

/* ---- server ---- */

static uint8_t choose_compression(const q_machine *m, const q_configured_identity *id) {
  uint8_t peer = m->hs->peer_compressions[q_machine_is_qtls(m) ? 1 : 0];
  for (size_t i = 0; i < m->config->compression_count; i++) {
    uint8_t algorithm = m->config->compressions[i];
    if ((peer & (1u << algorithm)) != 0 && id->compressed[algorithm].n > 0) {
      return algorithm;
    }
  }
  return 0;
}

qtls_err q_t13_send_certificate(q_machine *m) {
  const q_configured_identity *id = &m->config->ids[m->hs->choice.identity];
  uint8_t algorithm = choose_compression(m, id);
  const q_encoded *message = algorithm == 0 ? &id->certificate : &id->compressed[algorithm];
  m->is.compression = algorithm;
  return q_machine_send_message(m, q_span_of(message->p, message->n));
}

/* ---- client ---- */

/* Entries carry no extension, because none was offered that could stand there. */
static qtls_err check_entries(q_machine *m, const q_certificate_list *list) {
  for (size_t i = 0; i < list->count; i++) {
    q_ext_set set = {0, {0}, {{NULL, 0}}};
    q_reader r = list->extensions[i];
    while (r.n > 0) {
      uint16_t type = 0;
      q_span body = {NULL, 0};
      Q_TRY(q_read_u16(&r, &type));
      Q_TRY(q_read_vec16(&r, &body, 0, 65535));
      set.count = 1;
      set.type[0] = type;
      Q_TRY(q_wire_extensions_check(&set, Q_IN_CT));
      return q_machine_refuse_code(m, QTLS_ERR_EXT_NOT_OFFERED, "in Certificate: extension", type);
    }
  }
  return QTLS_OK;
}

static qtls_err keep_chain(q_machine *m, const q_certificate_list *list) {
  if (!m->config->keep_chain) {
    return QTLS_OK;
  }
  m->peer_chain = q_alloc(list->count * sizeof *m->peer_chain);
  m->peer_chain_n = q_alloc(list->count * sizeof *m->peer_chain_n);
  if (m->peer_chain == NULL || m->peer_chain_n == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  for (size_t i = 0; i < list->count; i++) {
    m->peer_chain[i] = q_alloc_copy(list->der[i].p, list->der[i].n);
    if (m->peer_chain[i] == NULL) {
      return QTLS_ERR_NO_MEMORY;
    }
    m->peer_chain_n[i] = list->der[i].n;
    m->peer_chain_count++;
  }
  return QTLS_OK;
}

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

static qtls_err judge(q_machine *m, const q_certificate_list *list) {
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

static qtls_err take_certificate(q_machine *m, q_span body) {
  q_certificate_list list;
  Q_TRY(q_wire_certificate_read(&list, body));
  if (list.context.n != 0) {
    return QTLS_ERR_CERT_CONTEXT;
  }
  if (list.count == 0) {
    return QTLS_ERR_CERT_EMPTY;
  }
  Q_TRY(check_entries(m, &list));
  Q_TRY(keep_chain(m, &list));
  return judge(m, &list);
}

qtls_err q_t13_recv_certificate(q_machine *m, const q_message *msg) {
  Q_TRY(take_certificate(m, msg->body));
  q_keys_transcript_add(&m->hs->transcript, msg->whole);
  q_machine_enter(m, Q_STATE_WAIT_CERTIFICATE_VERIFY);
  return QTLS_OK;
}

/* RFC 8879 §4. */
qtls_err q_t13_recv_compressed_certificate(q_machine *m, const q_message *msg) {
  q_compressed_certificate in;
  bool offered = false;
  if (m->config->compression_count == 0) {
    return QTLS_ERR_MSG_UNEXPECTED;
  }
  Q_TRY(q_wire_compressed_certificate_read(&in, msg->body));
  for (size_t i = 0; i < m->config->compression_count; i++) {
    offered = offered || m->config->compressions[i] == in.algorithm;
  }
  if (!offered) {
    return q_machine_refuse_code(m, QTLS_ERR_CERT_COMPRESSION_ALGORITHM, "algorithm", in.algorithm);
  }
  if (in.length == 0 || in.length > m->config->message_limit) {
    return QTLS_ERR_CERT_COMPRESSION;
  }
  Q_AUTO_FREE uint8_t *body = q_alloc(in.length);
  if (body == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  Q_TRY(q_handshake_expand(body, in.length, (uint8_t)in.algorithm, in.data));
  Q_TRY(take_certificate(m, q_span_of(body, in.length)));
  m->is.compression = (uint8_t)in.algorithm;
  q_keys_transcript_add(&m->hs->transcript, msg->whole);
  q_machine_enter(m, Q_STATE_WAIT_CERTIFICATE_VERIFY);
  return QTLS_OK;
}
