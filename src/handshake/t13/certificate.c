/* Owns Certificate and CompressedCertificate in the handshake: the server sends
 * what was encoded when its configuration was frozen; the client takes the
 * entries and has the path judged. */
#include "wire/certificate.h"

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

static qtls_err take_certificate(q_machine *m, q_span body) {
  q_certificate_list list;
  Q_TRY(q_wire_certificate_read(&list, body));
  if (list.context.n != 0) {
    return QTLS_ERR_CERT_CONTEXT;
  }
  if (list.count == 0) {
    return QTLS_ERR_CERT_EMPTY;
  }
  Q_TRY(q_t13_take_entries(m, &list));
  Q_TRY(keep_chain(m, &list));
  return q_t13_judge_path(m, &list);
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
