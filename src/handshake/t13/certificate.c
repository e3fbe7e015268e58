/* Owns Certificate and CompressedCertificate: a side sends what was encoded when
 * its configuration was frozen, and has the path of the other side judged. A
 * client's list may be empty (RFC 8446 §4.4.2). */
#include "wire/certificate.h"

#include "handshake/cert_compress.h"
#include "handshake/t13/t13.h"

/* ---- sending ---- */

static uint8_t choose_compression(const q_machine *m, const q_messages *own) {
  uint8_t peer = m->hs->peer_compressions[q_machine_is_qtls(m) ? 1 : 0];
  for (size_t i = 0; i < m->config->compression_count; i++) {
    uint8_t algorithm = m->config->compressions[i];
    if ((peer & (1u << algorithm)) != 0 && own->compressed[algorithm].n > 0) {
      return algorithm;
    }
  }
  return 0;
}

qtls_err q_t13_send_certificate(q_machine *m) {
  const q_messages *own = NULL;
  Q_TRY(q_t13_own_certificate(&own, m, m->hs->choice.identity));
  uint8_t algorithm = choose_compression(m, own);
  const q_encoded *message = algorithm == 0 ? &own->certificate : &own->compressed[algorithm];
  if (m->role == QTLS_SERVER) {
    m->is.compression = algorithm;
  }
  return q_machine_send_message(m, q_span_of(message->p, message->n));
}

/* ---- receiving ---- */

/* Of a client that authenticates on a connection that is well the chain is shown
 * to nobody before it is proven to be its own: until then the last one counts. */
static qtls_err keep_chain(q_machine *m, const q_certificate_list *list) {
  if (!m->config->keep_chain) {
    return QTLS_OK;
  }
  q_chain *chain = m->hs->after ? &m->hs->chain : &m->peer_chain;
  q_machine_chain_free(chain);
  chain->der = q_alloc(list->count * sizeof *chain->der);
  chain->n = q_alloc(list->count * sizeof *chain->n);
  if (chain->der == NULL || chain->n == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  for (size_t i = 0; i < list->count; i++) {
    chain->der[i] = q_alloc_copy(list->der[i].p, list->der[i].n);
    if (chain->der[i] == NULL) {
      return QTLS_ERR_NO_MEMORY;
    }
    chain->n[i] = list->der[i].n;
    chain->count++;
  }
  return QTLS_OK;
}

static qtls_err take_certificate(q_machine *m, q_span body) {
  q_certificate_list list;
  Q_TRY(q_wire_certificate_read(&list, body));
  if (m->state == Q_STATE_SERVER_CONNECTED) {
    Q_TRY(q_t13_auth_begin(m, list.context));
  }
  /* Empty in the handshake; after it the one that was asked with. */
  if (!q_base_span_equal(list.context, m->hs->request_context)) {
    return QTLS_ERR_CERT_CONTEXT;
  }
  if (list.count == 0) {
    return m->role == QTLS_SERVER ? q_t13_take_no_client(m) : QTLS_ERR_CERT_EMPTY;
  }
  Q_TRY(q_t13_take_entries(m, &list));
  Q_TRY(keep_chain(m, &list));
  Q_TRY(q_t13_judge_path(m, &list));
  return m->role == QTLS_SERVER ? q_t13_take_client(m, list.der[0]) : QTLS_OK;
}

/* What follows a Certificate that was taken. */
static void go_on(q_machine *m, q_span whole) {
  q_state next = Q_STATE_WAIT_CERTIFICATE_VERIFY;
  if (m->role == QTLS_SERVER) {
    bool signature = m->hs->answer != Q_ANSWER_EMPTY;
    next = m->hs->after ? (signature ? Q_STATE_AUTH_CERTIFICATE_VERIFY : Q_STATE_AUTH_FINISHED)
                        : (signature ? Q_STATE_WAIT_CLIENT_CERTIFICATE_VERIFY : Q_STATE_WAIT_CLIENT_FINISHED);
  }
  q_keys_transcript_add(&m->hs->transcript, whole);
  q_machine_enter(m, next);
}

qtls_err q_t13_recv_certificate(q_machine *m, const q_message *msg) {
  Q_TRY(take_certificate(m, msg->body));
  go_on(m, msg->whole);
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
  if (m->role == QTLS_CLIENT) {
    m->is.compression = (uint8_t)in.algorithm;
  }
  go_on(m, msg->whole);
  return QTLS_OK;
}
