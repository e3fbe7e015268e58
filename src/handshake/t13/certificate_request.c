/* Owns CertificateRequest (RFC 8446 §4.3.2): a server sends the extensions that
 * were encoded when its configuration was frozen; a client chooses by it at once
 * what it will answer with. */
#include "handshake/t13/t13.h"
#include "wire/certificate.h"
#include "wire/ext/ext_codec.h"

/* ---- server ---- */

static const q_encoded *extensions_of(const q_machine *m) {
  q_request_kind kind = Q_REQUEST_TLS13;
  if (q_machine_is_qtls(m)) {
    kind = m->is.suite->code == Q_SUITE_QTLS_HYBRID ? Q_REQUEST_HYBRID : Q_REQUEST_PQC;
  }
  return &m->config->request[kind];
}

bool q_t13_can_request(const q_machine *m) { return extensions_of(m)->n > 0; }

size_t q_t13_request_size(const q_machine *m) {
  return m->config->client_auth == QTLS_CLIENT_AUTH_none ? 0 : extensions_of(m)->n + 64;
}

qtls_err q_t13_make_certificate_request(uint8_t **out, size_t *n, const q_machine *m, q_span context) {
  const q_encoded *extensions = extensions_of(m);
  size_t cap = Q_MSG_HEADER + 1 + context.n + extensions->n;
  *out = q_alloc(cap);
  if (*out == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  q_writer w;
  q_writer_init(&w, *out, cap);
  q_mark message = q_wire_message_open(&w, Q_MSG_CERTIFICATE_REQUEST);
  q_write_vec(&w, 1, context);
  q_write_bytes(&w, q_span_of(extensions->p, extensions->n));
  q_write_close(&w, message);
  return q_writer_end(&w, n);
}

qtls_err q_t13_send_certificate_request(q_machine *m) {
  if (m->config->client_auth == QTLS_CLIENT_AUTH_none) {
    m->hs->answer = Q_ANSWER_NOT_ASKED;
    return QTLS_OK;
  }
  if (!q_t13_can_request(m)) {
    return QTLS_ERR_INTERNAL;
  }
  Q_AUTO_FREE uint8_t *message = NULL;
  size_t n = 0;
  Q_TRY(q_t13_make_certificate_request(&message, &n, m, q_span_of(NULL, 0)));
  m->hs->certificate_asked = true;
  m->hs->answer_required = m->config->client_auth != QTLS_CLIENT_AUTH_optional;
  return q_machine_send_message(m, q_span_of(message, n));
}

/* ---- client ---- */

qtls_err q_t13_recv_certificate_request(q_machine *m, const q_message *msg) {
  q_certificate_request request;
  Q_TRY(q_wire_certificate_request_read(&request, msg->body));
  /* Not empty only after the handshake. */
  if (request.context.n != 0) {
    return QTLS_ERR_CERT_CONTEXT;
  }
  Q_TRY(q_t13_choose_identity(m, &request));
  m->hs->certificate_asked = true;
  q_keys_transcript_add(&m->hs->transcript, msg->whole);
  q_machine_enter(m, Q_STATE_WAIT_CERTIFICATE);
  return QTLS_OK;
}
