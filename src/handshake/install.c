/* Owns every change of record keys. Nothing else calls q_record_keys_set. */
#include "handshake/machine.h"

static qtls_err install(q_machine *m, q_record_keys *keys, q_secret *finished, const q_secret *traffic) {
  q_traffic_keys fresh = {{0}, 0, {0}};
  qtls_err err = q_keys_traffic(&fresh, finished, m->is.suite->hash, m->is.suite->aead, traffic);
  if (err == QTLS_OK) {
    err = q_record_keys_set(keys, m->is.suite->aead, &fresh);
  }
  q_wipe(&fresh, sizeof fresh);
  return err;
}

qtls_err q_machine_install_read(q_machine *m, q_secret *finished, const q_secret *traffic) {
  m->read_changed = true;
  return install(m, &m->read, finished, traffic);
}

qtls_err q_machine_install_write(q_machine *m, q_secret *finished, const q_secret *traffic) {
  m->write_bytes = 0;
  m->write_since = m->now;
  return install(m, &m->write, finished, traffic);
}

qtls_err q_machine_handshake_keys(q_machine *m, const q_secret *shared) {
  q_scratch *hs = m->hs;
  uint8_t hash[Q_HASH_MAX];
  (void)q_keys_transcript_hash(&hs->transcript, hash);
  Q_TRY(q_keys_schedule_early(&hs->schedule, m->is.suite->hash, q_span_of(NULL, 0)));
  Q_TRY(q_keys_schedule_handshake(&hs->schedule, shared));
  Q_TRY(q_keys_schedule_derive(&hs->schedule, &hs->client_traffic, Q_LABEL_CLIENT_HANDSHAKE, hash));
  Q_TRY(q_keys_schedule_derive(&hs->schedule, &hs->server_traffic, Q_LABEL_SERVER_HANDSHAKE, hash));
  q_machine_keylog(m, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", &hs->client_traffic);
  q_machine_keylog(m, "SERVER_HANDSHAKE_TRAFFIC_SECRET", &hs->server_traffic);
  if (m->role == QTLS_CLIENT) {
    Q_TRY(q_machine_install_read(m, &hs->server_finished, &hs->server_traffic));
    return q_machine_install_write(m, &hs->client_finished, &hs->client_traffic);
  }
  Q_TRY(q_machine_install_write(m, &hs->server_finished, &hs->server_traffic));
  return q_machine_install_read(m, &hs->client_finished, &hs->client_traffic);
}

qtls_err q_machine_application_secrets(q_machine *m) {
  q_scratch *hs = m->hs;
  uint8_t hash[Q_HASH_MAX];
  (void)q_keys_transcript_hash(&hs->transcript, hash);
  Q_TRY(q_keys_schedule_master(&hs->schedule));
  q_secret *client = m->role == QTLS_CLIENT ? &m->write_traffic : &m->read_traffic;
  q_secret *server = m->role == QTLS_CLIENT ? &m->read_traffic : &m->write_traffic;
  Q_TRY(q_keys_schedule_derive(&hs->schedule, client, Q_LABEL_CLIENT_TRAFFIC, hash));
  Q_TRY(q_keys_schedule_derive(&hs->schedule, server, Q_LABEL_SERVER_TRAFFIC, hash));
  Q_TRY(q_keys_schedule_derive(&hs->schedule, &m->exporter, Q_LABEL_EXPORTER, hash));
  q_machine_keylog(m, "CLIENT_TRAFFIC_SECRET_0", client);
  q_machine_keylog(m, "SERVER_TRAFFIC_SECRET_0", server);
  q_machine_keylog(m, "EXPORTER_SECRET", &m->exporter);
  return QTLS_OK;
}
