/* Owns KeyUpdate (RFC 8446 §4.6.3; the limit in a row: Q-TLS §3). */
#include "handshake/t13/t13.h"
#include "wire/post_handshake.h"

#define UPDATES_IN_A_ROW_MAX 32

qtls_err q_t13_send_key_update(q_machine *m, bool ask_peer) {
  uint8_t buf[Q_MSG_HEADER + 1];
  q_writer w;
  q_writer_init(&w, buf, sizeof buf);
  q_mark message = q_wire_message_open(&w, Q_MSG_KEY_UPDATE);
  q_wire_key_update_write(&w, ask_peer);
  q_write_close(&w, message);
  Q_TRY(w.err);
  Q_TRY(q_machine_send_message(m, q_span_of(w.p, w.n)));
  Q_TRY(q_keys_traffic_update(&m->write_traffic, m->is.suite->hash));
  Q_TRY(q_machine_install_write(m, NULL, &m->write_traffic));
  m->key_updates_sent++;
  if (ask_peer && m->update_answers_due < UINT16_MAX) {
    m->update_answers_due++;
  }
  return QTLS_OK;
}

/* Is it an answer to a request of ours? Only what a peer sends on its own counts
 * against it: it may have no data to put in between. */
static bool is_answer(q_machine *m, bool requests) {
  if (requests || m->update_answers_due == 0) {
    return false;
  }
  m->update_answers_due--;
  return true;
}

qtls_err q_t13_recv_key_update(q_machine *m, const q_message *msg) {
  bool requested = false;
  Q_TRY(q_wire_key_update_read(&requested, msg->body));
  if (!is_answer(m, requested) && ++m->updates_in_a_row > UPDATES_IN_A_ROW_MAX) {
    return QTLS_ERR_KEY_UPDATE_FLOOD;
  }
  Q_TRY(q_keys_traffic_update(&m->read_traffic, m->is.suite->hash));
  Q_TRY(q_machine_install_read(m, NULL, &m->read_traffic));
  m->key_updates_received++;
  /* One answer serves all requests until it has gone out: a peer that only
   * asks and never reads cannot fill the queue. None after close_notify. */
  if (requested && !m->update_answer_queued && !m->write_closed) {
    m->update_answer_queued = true;
    return q_t13_send_key_update(m, false);
  }
  return QTLS_OK;
}
