/* Owns KeyUpdate (RFC 8446 §4.6.3; the limit in a row: Q-TLS §3). */
#include "handshake/t13/t13.h"
#include "wire/post_handshake.h"

#define UPDATES_IN_A_ROW_MAX 32

qtls_err q_t13_send_key_update(q_machine *m, bool ask_peer) {
  uint8_t buf[Q_MSG_HEADER + 1];
  q_writer w;
  q_writer_init(&w, buf, sizeof buf);
  /* RFC 9846 §4.7.3: nothing more is asked for before the peer has answered. */
  ask_peer = ask_peer && !m->update_asked;
  q_mark message = q_wire_message_open(&w, Q_MSG_KEY_UPDATE);
  q_wire_key_update_write(&w, ask_peer);
  q_write_close(&w, message);
  Q_TRY(w.err);
  Q_TRY(q_machine_send_message(m, q_span_of(w.p, w.n)));
  Q_TRY(q_keys_traffic_update(&m->write_traffic, m->is.suite->hash));
  Q_TRY(q_machine_install_write(m, NULL, &m->write_traffic));
  m->update_asked = m->update_asked || ask_peer;
  m->key_updates_sent++;
  return QTLS_OK;
}

/* One answer serves all requests until it has gone out: a peer that only asks and
 * never reads cannot fill the queue. None after close_notify. */
static qtls_err answer(q_machine *m) {
  if (m->update_answer_left > 0 || m->write_closed) {
    return QTLS_OK;
  }
  Q_TRY(q_t13_send_key_update(m, false));
  m->update_answer_left = q_queue_length(&m->out);
  return QTLS_OK;
}

qtls_err q_t13_recv_key_update(q_machine *m, const q_message *msg) {
  bool requested = false;
  Q_TRY(q_wire_key_update_read(&requested, msg->body));
  /* What was asked for does not count against the peer, which may have no data to
   * send in between. */
  bool answers = !requested && m->update_asked;
  if (!answers && ++m->updates_in_a_row > UPDATES_IN_A_ROW_MAX) {
    return QTLS_ERR_KEY_UPDATE_FLOOD;
  }
  m->update_asked = m->update_asked && !answers;
  Q_TRY(q_keys_traffic_update(&m->read_traffic, m->is.suite->hash));
  Q_TRY(q_machine_install_read(m, NULL, &m->read_traffic));
  m->key_updates_received++;
  return requested ? answer(m) : QTLS_OK;
}
