/* Owns what the handshake sends: messages, alerts and ChangeCipherSpec, sealed
 * into the queue for the transport. */
#include "handshake/machine.h"

void q_machine_trace(const q_machine *m, qtls_trace_kind kind, bool sent, uint8_t type, q_span bytes, const char *text) {
  if (m->config->trace != NULL) {
    qtls_trace t = {kind, sent, type, bytes.p, bytes.n, text};
    m->config->trace(m->config->trace_user, &t);
  }
}

qtls_err q_machine_send_records(q_machine *m, uint8_t type, q_span content) {
  do {
    q_span part = content;
    if (part.n > m->write_limit) {
      part.n = m->write_limit;
    }
    size_t cap = part.n + Q_RECORD_OVERHEAD;
    size_t written = 0;
    uint8_t *at = NULL;
    Q_TRY(q_queue_reserve(&m->out, &at, cap));
    Q_TRY(q_record_seal(&m->write, at, &written, cap, type, part, 0));
    q_queue_commit(&m->out, written);
    m->records_sent++;
    q_machine_trace(m, QTLS_TRACE_record, true, at[0], q_span_of(NULL, written), "record");
    content.p += part.n;
    content.n -= part.n;
  } while (content.n > 0);
  return QTLS_OK;
}

qtls_err q_machine_send_message(q_machine *m, q_span message) {
  if (message.n < Q_MSG_HEADER) {
    return QTLS_ERR_INTERNAL;
  }
  q_machine_trace(m, QTLS_TRACE_message, true, message.p[0], message, q_msg_name(message.p[0]));
  if (m->hs != NULL && m->is.suite != NULL && !q_machine_is_connected(m)) {
    q_keys_transcript_add(&m->hs->transcript, message);
  }
  return q_machine_send_records(m, Q_RECORD_HANDSHAKE, message);
}

qtls_err q_machine_send_alert(q_machine *m, uint8_t level, uint8_t alert) {
  uint8_t body[2] = {level, alert};
  q_machine_trace(m, QTLS_TRACE_alert, true, alert, q_span_of(body, sizeof body),
                  qtls_alert_name(alert, q_machine_alert_phase(m)));
  return q_machine_send_records(m, Q_RECORD_ALERT, q_span_of(body, sizeof body));
}

qtls_err q_machine_send_ccs(q_machine *m) {
  static const uint8_t record[] = {Q_RECORD_CCS, 3, 3, 0, 1, 1};
  /* RFC 8446 D.4: a client decides, and a server follows one that did. */
  if ((m->role == QTLS_CLIENT && !m->config->middlebox) || m->own_ccs > 0) {
    return QTLS_OK;
  }
  m->own_ccs = 1;
  q_machine_trace(m, QTLS_TRACE_record, true, Q_RECORD_CCS, q_span_of(NULL, sizeof record), "record");
  return q_queue_append(&m->out, q_span_of(record, sizeof record));
}
