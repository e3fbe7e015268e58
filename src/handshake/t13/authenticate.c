/*
 * Owns authentication after the handshake (RFC 8446 §4.6.2): requests with a
 * context each, answers to them in any order, and the transcript that each of
 * them stands on: the handshake up to the client's Finished, the request, and
 * the messages of the answer. A client answers one after another; data flows on
 * while it waits for a signature. Must not judge or sign anything itself.
 */
#include <string.h>

#include "crypto/random.h"
#include "handshake/t13/t13.h"
#include "wire/certificate.h"

qtls_err q_t13_auth_prepare(q_machine *m) {
  if (!m->auth_offered || (m->role == QTLS_SERVER && !q_t13_can_request(m))) {
    return QTLS_OK;
  }
  m->auth = q_alloc(sizeof *m->auth);
  if (m->auth == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  m->auth->base = m->hs->transcript;
  return QTLS_OK;
}

/* RFC 8740 §3. */
static bool is_http2(const q_machine *m) { return m->is.alpn != NULL && strcmp((const char *)m->is.alpn, "h2") == 0; }

static bool waits_for_answer(const q_auth *auth) {
  bool any = false;
  for (size_t i = 0; i < Q_AUTH_MOST; i++) {
    any = any || auth->asked[i].waiting;
  }
  return any;
}

/* Asked of the header alone, before anything of the message is kept. */
qtls_err q_t13_auth_expects(const q_machine *m, uint8_t type) {
  bool answer = type == Q_MSG_CERTIFICATE || type == Q_MSG_COMPRESSED_CERTIFICATE;
  if (m->state == Q_STATE_SERVER_CONNECTED && answer) {
    return m->auth != NULL && waits_for_answer(m->auth) ? QTLS_OK : QTLS_ERR_MSG_UNEXPECTED;
  }
  if (m->state == Q_STATE_CLIENT_CONNECTED && type == Q_MSG_CERTIFICATE_REQUEST) {
    return m->auth == NULL ? QTLS_ERR_AUTH_NOT_OFFERED : is_http2(m) ? QTLS_ERR_AUTH_HTTP2 : QTLS_OK;
  }
  return QTLS_OK;
}

/* Scratch memory for one exchange. */
static qtls_err open_exchange(q_machine *m, q_span request, q_span context) {
  m->hs = q_arena_alloc(&m->arena, sizeof *m->hs);
  uint8_t *kept = context.n == 0 ? NULL : q_arena_alloc(&m->arena, context.n);
  if (m->hs == NULL || (kept == NULL && context.n > 0)) {
    return QTLS_ERR_NO_MEMORY;
  }
  if (context.n > 0) {
    memcpy(kept, context.p, context.n);
  }
  m->hs->after = true;
  m->hs->certificate_asked = true;
  m->hs->request_context = q_span_of(kept, context.n);
  m->hs->transcript = m->auth->base;
  q_keys_transcript_add(&m->hs->transcript, request);
  return QTLS_OK;
}

/* ---- server ---- */

static q_auth_request *free_slot(q_auth *auth) {
  for (size_t i = 0; i < Q_AUTH_MOST; i++) {
    if (!auth->asked[i].waiting) {
      return &auth->asked[i];
    }
  }
  return NULL;
}

qtls_err q_t13_auth_request(q_machine *m, bool required) {
  q_auth_request *slot = m->auth == NULL || is_http2(m) ? NULL : free_slot(m->auth);
  if (slot == NULL) {
    return QTLS_ERR_STATE;
  }
  Q_TRY(q_crypto_random(slot->context, sizeof slot->context));
  Q_AUTO_FREE uint8_t *message = NULL;
  size_t n = 0;
  Q_TRY(q_t13_make_certificate_request(&message, &n, m, q_span_of(slot->context, sizeof slot->context)));
  Q_TRY(q_machine_send_message(m, q_span_of(message, n)));
  slot->required = required;
  slot->waiting = true;
  return QTLS_OK;
}

static q_auth_request *find_slot(q_auth *auth, q_span context) {
  for (size_t i = 0; i < Q_AUTH_MOST; i++) {
    if (auth->asked[i].waiting && q_base_span_equal(q_span_of(auth->asked[i].context, Q_AUTH_CONTEXT), context)) {
      return &auth->asked[i];
    }
  }
  return NULL;
}

qtls_err q_t13_auth_begin(q_machine *m, q_span context) {
  Q_TRY(q_t13_auth_expects(m, Q_MSG_CERTIFICATE));
  q_auth_request *slot = find_slot(m->auth, context);
  if (slot == NULL) {
    return QTLS_ERR_CERT_CONTEXT;
  }
  Q_AUTO_FREE uint8_t *request = NULL;
  size_t n = 0;
  Q_TRY(q_t13_make_certificate_request(&request, &n, m, context));
  Q_TRY(open_exchange(m, q_span_of(request, n), context));
  m->hs->answer_required = slot->required;
  slot->waiting = false;
  q_wipe(slot->context, sizeof slot->context);
  return QTLS_OK;
}

qtls_err q_t13_auth_end(q_machine *m) {
  Q_TRY(q_t13_client_answered(m));
  m->auth->answered++;
  m->hs->over = true;
  q_machine_enter(m, Q_STATE_SERVER_CONNECTED);
  return QTLS_OK;
}

/* Of a client whose last answer was not proven nothing is known: not who it was
 * before either. */
void q_t13_auth_broken(q_machine *m) {
  if (m->role == QTLS_SERVER && m->hs != NULL && m->hs->after) {
    q_machine_client_free(m->client);
    m->client = NULL;
    q_machine_chain_free(&m->peer_chain);
    m->is.status_known = false;
  }
}

/* ---- client ---- */

/* RFC 8446 §4.3.2: a context is unique in a connection. The last ones are known. */
static qtls_err check_context(q_machine *m, q_span context) {
  q_auth *auth = m->auth;
  uint8_t digest[Q_HASH_MAX];
  uint64_t mark = 0;
  if (context.n == 0) {
    return QTLS_ERR_CERT_CONTEXT;
  }
  q_crypto_hash_once(Q_HASH_SHA256, digest, context);
  memcpy(&mark, digest, sizeof mark);
  if (auth->seen == NULL) {
    auth->seen = q_alloc(Q_AUTH_SEEN * sizeof *auth->seen);
    if (auth->seen == NULL) {
      return QTLS_ERR_NO_MEMORY;
    }
  }
  for (size_t i = 0; i < auth->seen_count && i < Q_AUTH_SEEN; i++) {
    if (auth->seen[i] == mark) {
      return QTLS_ERR_AUTH_CONTEXT;
    }
  }
  auth->seen[auth->seen_count++ % Q_AUTH_SEEN] = mark;
  return QTLS_OK;
}

/* The Certificate with the context of its request, in the arena. Compressing it
 * for one use would not pay. */
static qtls_err make_certificate(q_machine *m) {
  q_scratch *hs = m->hs;
  const q_span plain = q_t13_plain_certificate(m);
  size_t cap = plain.n + hs->request_context.n;
  uint8_t *message = q_arena_alloc(&m->arena, cap);
  if (message == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  q_writer w;
  q_writer_init(&w, message, cap);
  q_mark mark = q_wire_message_open(&w, Q_MSG_CERTIFICATE);
  q_write_vec(&w, 1, hs->request_context);
  q_write_bytes(&w, q_span_of(plain.p + Q_MSG_HEADER + 1, plain.n - Q_MSG_HEADER - 1));
  q_write_close(&w, mark);
  size_t n = 0;
  Q_TRY(q_writer_end(&w, &n));
  hs->own_certificate = q_span_of(message, n);
  q_keys_transcript_add(&hs->transcript, hs->own_certificate);
  return QTLS_OK;
}

/* All of the answer goes out at once: nothing may stand between its parts. */
qtls_err q_t13_auth_answer(q_machine *m, q_span certificate_verify) {
  q_scratch *hs = m->hs;
  size_t before = q_queue_length(&m->out);
  /* Nothing is sent after close_notify. */
  if (!m->write_closed) {
    Q_TRY(q_machine_send_message(m, hs->own_certificate));
    if (certificate_verify.n > 0) {
      Q_TRY(q_machine_send_message(m, certificate_verify));
      q_keys_transcript_add(&hs->transcript, certificate_verify);
      m->client_identity_sent = true;
    }
    Q_TRY(q_t13_send_auth_finished(m));
  }
  size_t n = q_queue_length(&m->out) - before;
  m->auth->largest = n > m->auth->largest && n <= UINT32_MAX ? (uint32_t)n : m->auth->largest;
  q_machine_end_handshake(m);
  return QTLS_OK;
}

static qtls_err begin_answer(q_machine *m, q_span whole) {
  q_certificate_request request;
  Q_TRY(q_wire_certificate_request_read(&request, q_span_of(whole.p + Q_MSG_HEADER, whole.n - Q_MSG_HEADER)));
  Q_TRY(open_exchange(m, whole, request.context));
  Q_TRY(q_t13_choose_identity(m, &request));
  Q_TRY(make_certificate(m));
  return m->hs->own_scheme == NULL ? q_t13_auth_answer(m, q_span_of(NULL, 0)) : q_t13_sign(m);
}

/* Whole messages wait in the queue. */
static q_span first_request(const q_queue *queue) {
  q_span all = q_queue_span(queue);
  size_t n = Q_MSG_HEADER + (((size_t)all.p[1] << 16) | ((size_t)all.p[2] << 8) | all.p[3]);
  return q_span_of(all.p, n);
}

/* One after another, until one has to wait for its signature. */
static qtls_err answer_all(q_machine *m) {
  q_auth *auth = m->auth;
  while (m->hs == NULL && auth->queued > 0) {
    q_span whole = first_request(&auth->requests);
    Q_TRY(begin_answer(m, whole));
    q_queue_consume(&auth->requests, whole.n);
    auth->queued--;
  }
  return QTLS_OK;
}

qtls_err q_t13_auth_go_on(q_machine *m) { return m->auth == NULL ? QTLS_OK : answer_all(m); }

/* Q-TLS §11: no more than four requests wait for a signature, nor four answers for
 * the transport: a server that asks and never reads cannot fill the queue. */
static bool asks_too_much(const q_machine *m) {
  unsigned waiting = m->auth->queued + (m->hs != NULL ? 1u : 0u);
  return waiting >= Q_AUTH_MOST || q_queue_length(&m->out) > Q_AUTH_UNSENT + Q_AUTH_MOST * (size_t)m->auth->largest;
}

qtls_err q_t13_recv_auth_request(q_machine *m, const q_message *msg) {
  q_certificate_request request;
  Q_TRY(q_t13_auth_expects(m, Q_MSG_CERTIFICATE_REQUEST));
  Q_TRY(q_wire_certificate_request_read(&request, msg->body));
  Q_TRY(check_context(m, request.context));
  if (asks_too_much(m)) {
    return q_machine_refuse(m, QTLS_ERR_POST_HANDSHAKE_FLOOD, "more certificate requests than are answered at a time");
  }
  Q_TRY(q_queue_append(&m->auth->requests, msg->whole));
  m->auth->queued++;
  return answer_all(m);
}
