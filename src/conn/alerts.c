/* Owns alerts received and the end of a connection by an error (RFC 8446 §6,
 * Q-TLS §6): every alert is fatal whatever its level says, but for close_notify
 * and user_canceled. */
#include "conn/conn.h"
#include "handshake/t13/t13.h"
#include "wire/header.h"

#define LEVEL_FATAL 2
/* Alerts that say nothing, in a row with records that hold nothing (Q-TLS §11). */
#define IDLE_ALERTS_MAX 32

void q_conn_end(struct qtls_conn *c) {
  q_machine *m = &c->m;
  q_machine_enter(m, Q_STATE_FAILED);
  q_t13_auth_broken(m);
  /* Somebody may be signing what a job points at: it stays until that is done. */
  if (q_machine_waits_for_job(m)) {
    q_machine_forget(m);
  } else {
    q_machine_end_handshake(m);
  }
  q_record_keys_wipe(&m->read);
  q_record_keys_wipe(&m->write);
  q_secret_wipe(&m->read_traffic);
  q_secret_wipe(&m->write_traffic);
  q_secret_wipe(&m->exporter);
  q_queue_free(&c->partial);
}

qtls_err q_conn_fail(struct qtls_conn *c, qtls_err err) {
  q_machine *m = &c->m;
  uint8_t alert = q_machine_alert_of(m, err);
  m->problem.err = err;
  m->problem.alert = alert;
  m->problem.received = false;
  m->problem.phase = (uint8_t)q_machine_alert_phase(m);
  if (alert != QTLS_ALERT_none && !m->write_closed) {
    /* Without memory for it the peer sees a broken connection instead. */
    (void)!q_machine_send_alert(m, LEVEL_FATAL, alert);
  }
  q_conn_end(c);
  return err;
}

static qtls_err take_fatal(struct qtls_conn *c, uint8_t alert) {
  q_machine *m = &c->m;
  m->problem.err = QTLS_ERR_ALERT_RECEIVED;
  m->problem.alert = alert;
  m->problem.received = true;
  m->problem.phase = (uint8_t)q_machine_alert_phase(m);
  q_text t = q_machine_detail(m);
  q_text_add(&t, "the peer says ");
  q_text_add(&t, qtls_alert_name(alert, m->problem.phase));
  q_conn_end(c);
  return QTLS_ERR_ALERT_RECEIVED;
}

/* §6: 100 is no_renegotiation but in Q-TLS, before Finished, where the client
 * offered ALPN: then it says what 120 says. */
static bool means_alpn(const q_machine *m, uint8_t alert) {
  return alert == QTLS_ALERT_no_renegotiation && m->role == QTLS_CLIENT && !q_machine_is_connected(m) &&
         q_machine_alert_phase(m) != 0 && m->config->alpn_n > 0;
}

qtls_err q_conn_alert(struct qtls_conn *c, q_span body) {
  q_alert_body alert = {0, 0};
  Q_TRY(q_wire_alert_read(&alert, body));
  if (means_alpn(&c->m, alert.description)) {
    alert.description = QTLS_ALERT_no_application_protocol;
  }
  int phase = q_machine_alert_phase(&c->m);
  q_machine_trace(&c->m, QTLS_TRACE_alert, false, alert.description, body, qtls_alert_name(alert.description, phase));
  /* 90 is user_canceled where no Q-TLS was offered or chosen. */
  bool canceled = alert.description == QTLS_ALERT_user_canceled && phase == 0;
  bool closing = alert.description == QTLS_ALERT_close_notify && q_machine_is_connected(&c->m);
  if (!canceled && !closing) {
    return take_fatal(c, alert.description);
  }
  /* RFC 8446 §5.1: what does not end the connection may not stand inside a message. */
  if (q_queue_length(&c->partial) > 0) {
    return QTLS_ERR_RECORD_INTERLEAVED;
  }
  if (q_conn_is_answering(c)) {
    return QTLS_ERR_MSG_UNEXPECTED;
  }
  if (canceled) {
    return ++c->empty_in_a_row > IDLE_ALERTS_MAX ? QTLS_ERR_RECORD_MANY_EMPTY : QTLS_OK;
  }
  c->peer_closed = true;
  return QTLS_OK;
}
