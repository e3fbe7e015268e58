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

qtls_err q_t13_client_finish(q_machine *m) {
  Q_TRY(q_t13_send_finished(m));
  Q_TRY(q_t13_auth_prepare(m));
  Q_TRY(q_machine_install_write(m, NULL, &m->write_traffic));
  Q_TRY(q_machine_install_read(m, NULL, &m->read_traffic));
  return q_machine_connected(m, &m->hs->proofs);
}

qtls_err q_t13_recv_server_finished(q_machine *m, const q_message *msg) {
  Q_TRY(verify_finished(m, &m->hs->server_finished, msg));
  Q_TRY(q_machine_application_secrets(m));
  Q_TRY(q_machine_send_ccs(m));
  if (!m->hs->certificate_asked) {
    return q_t13_client_finish(m);
  }
  /* The reading keys change with what follows, be it now or when a signature
   * comes from outside: nothing more may stand in this record. */
  m->read_changed = true;
  return q_t13_send_client_certificate(m);
}

qtls_err q_t13_recv_client_finished(q_machine *m, const q_message *msg) {
  Q_TRY(verify_finished(m, &m->hs->client_finished, msg));
  Q_TRY(q_t13_client_answered(m));
  Q_TRY(q_t13_auth_prepare(m));
  Q_TRY(q_machine_install_read(m, NULL, &m->read_traffic));
  return q_machine_connected(m, &m->hs->proofs);
}

/* RFC 8446 §4.4.4: the base key is the client's application traffic secret of
 * that moment, key updates included. */
static qtls_err auth_key(q_machine *m, q_secret *key) {
  q_traffic_keys unused = {{0}, 0, {0}};
  const q_secret *traffic = m->role == QTLS_CLIENT ? &m->write_traffic : &m->read_traffic;
  qtls_err err = q_keys_traffic(&unused, key, m->is.suite->hash, m->is.suite->aead, traffic);
  q_wipe(&unused, sizeof unused);
  return err;
}

qtls_err q_t13_send_auth_finished(q_machine *m) {
  Q_TRY(auth_key(m, &m->hs->client_finished));
  return q_t13_send_finished(m);
}

qtls_err q_t13_recv_auth_finished(q_machine *m, const q_message *msg) {
  Q_TRY(auth_key(m, &m->hs->client_finished));
  Q_TRY(verify_finished(m, &m->hs->client_finished, msg));
  return q_t13_auth_end(m);
}
