/* Owns Finished (RFC 8446 §4.4.4) and what each side does once it has verified
 * the other's: the second flight of the client, the application keys. */
#include "crypto/random.h"
#include "handshake/t13/t13.h"

qtls_err q_t13_send_finished(q_machine *m) {
  const q_secret *key = m->role == QTLS_CLIENT ? &m->hs->client_finished : &m->hs->server_finished;
  uint8_t hash[Q_HASH_MAX];
  uint8_t verify_data[Q_HASH_MAX];
  uint8_t buf[Q_MSG_HEADER + Q_HASH_MAX];
  size_t n = q_keys_transcript_hash(&m->hs->transcript, hash);
  Q_TRY(q_keys_finished(verify_data, m->is.suite->hash, key, hash));
  q_writer w;
  q_writer_init(&w, buf, sizeof buf);
  q_mark message = q_wire_message_open(&w, Q_MSG_FINISHED);
  q_write_bytes(&w, q_span_of(verify_data, n));
  q_write_close(&w, message);
  Q_TRY(w.err);
  return q_machine_send_message(m, q_span_of(w.p, w.n));
}

static qtls_err verify_finished(q_machine *m, const q_secret *key, const q_message *msg) {
  uint8_t hash[Q_HASH_MAX];
  uint8_t expected[Q_HASH_MAX];
  size_t n = q_keys_transcript_hash(&m->hs->transcript, hash);
  Q_TRY(q_keys_finished(expected, m->is.suite->hash, key, hash));
  if (msg->body.n != n) {
    return msg->body.n < n ? QTLS_ERR_DECODE : QTLS_ERR_TRAILING;
  }
  if (!q_crypto_ct_equal(expected, msg->body.p, n)) {
    return QTLS_ERR_FINISHED;
  }
  m->hs->proofs.finished = Q_PROVEN;
  q_keys_transcript_add(&m->hs->transcript, msg->whole);
  return QTLS_OK;
}

/* RFC 8446 §4.4.2: a client without a fitting identity sends an empty list. */
static qtls_err send_empty_certificate(q_machine *m) {
  static const uint8_t message[] = {Q_MSG_CERTIFICATE, 0, 0, 4, 0, 0, 0, 0};
  return m->hs->certificate_asked ? q_machine_send_message(m, q_span_of(message, sizeof message)) : QTLS_OK;
}

qtls_err q_t13_recv_server_finished(q_machine *m, const q_message *msg) {
  Q_TRY(verify_finished(m, &m->hs->server_finished, msg));
  Q_TRY(q_machine_application_secrets(m));
  Q_TRY(q_machine_send_ccs(m));
  Q_TRY(send_empty_certificate(m));
  Q_TRY(q_t13_send_finished(m));
  Q_TRY(q_machine_install_write(m, NULL, &m->write_traffic));
  Q_TRY(q_machine_install_read(m, NULL, &m->read_traffic));
  return q_machine_connected(m, &m->hs->proofs);
}

qtls_err q_t13_recv_client_finished(q_machine *m, const q_message *msg) {
  Q_TRY(verify_finished(m, &m->hs->client_finished, msg));
  Q_TRY(q_machine_install_read(m, NULL, &m->read_traffic));
  /* This server sent no CertificateRequest: nothing is to be proven. */
  m->hs->proofs.identity = Q_PROVEN;
  m->hs->proofs.signature = Q_PROVEN;
  return q_machine_connected(m, &m->hs->proofs);
}
