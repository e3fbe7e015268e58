/* Owns received records: which may come when, in the clear or protected
 * (RFC 8446 §5), and the events that follow from them. */
#include "conn/conn.h"

/* Q-TLS §11. */
#define EMPTY_RECORDS_MAX 32

static qtls_err take_ccs(struct qtls_conn *c, const q_record *r) {
  q_machine *m = &c->m;
  if (r->n != 1 || r->body[0] != 1) {
    return QTLS_ERR_CCS_BODY;
  }
  /* RFC 8446 §5: after the first ClientHello, before the peer's Finished. A
   * server that kept nothing has seen that hello in another life. */
  bool before_hello = m->state == Q_STATE_WAIT_CLIENT_HELLO && m->config->cookie != QTLS_COOKIE_always;
  /* Q-TLS §11: one; after a HelloRetryRequest a second one, as the JDK sends it
   * behind ServerHello too. */
  unsigned most = m->is.retried ? 2 : 1;
  if (q_machine_is_connected(m) || before_hello || ++c->peer_ccs > most) {
    return QTLS_ERR_CCS_UNEXPECTED;
  }
  return q_queue_length(&c->partial) == 0 ? QTLS_OK : QTLS_ERR_RECORD_INTERLEAVED;
}

static qtls_err take_data(struct qtls_conn *c, const q_record *r, qtls_event *event) {
  if (!q_machine_is_connected(&c->m) || q_conn_is_answering(c)) {
    return QTLS_ERR_APPDATA_UNEXPECTED;
  }
  if (q_queue_length(&c->partial) > 0) {
    return QTLS_ERR_RECORD_INTERLEAVED;
  }
  if (r->n == 0) {
    return ++c->empty_in_a_row > EMPTY_RECORDS_MAX ? QTLS_ERR_RECORD_MANY_EMPTY : QTLS_OK;
  }
  c->empty_in_a_row = 0;
  q_conn_data_passed(c);
  c->sent_in_a_row = 0;
  event->kind = QTLS_EVENT_data;
  event->data = r->body;
  event->size = r->n;
  return QTLS_OK;
}

static qtls_err take_content(struct qtls_conn *c, const q_record *r, qtls_event *event) {
  switch (r->type) {
    case Q_RECORD_HANDSHAKE:
      return r->n == 0 ? QTLS_ERR_RECORD_EMPTY : q_conn_messages(c, q_span_of(r->body, r->n));
    case Q_RECORD_ALERT:
      return r->n == 0 ? QTLS_ERR_RECORD_EMPTY : q_conn_alert(c, q_span_of(r->body, r->n));
    case Q_RECORD_DATA:
      return take_data(c, r, event);
    default:
      return QTLS_ERR_RECORD_TYPE;
  }
}

/* Early data that was declined may still arrive until the first record opens. */
static bool expects_early_data(const struct qtls_conn *c) { return c->m.early_data_skippable > 0 && !c->opened; }

/* It is skipped up to a limit (RFC 8446 §4.2.10). */
static qtls_err skip_early_data(struct qtls_conn *c, size_t total) {
  if (c->m.early_data_skippable < total) {
    return QTLS_ERR_EARLY_DATA_OVERFLOW;
  }
  c->m.early_data_skippable -= (uint32_t)total;
  return QTLS_OK;
}

static qtls_err take_plain(struct qtls_conn *c, uint8_t *in, size_t total, qtls_event *event) {
  q_record r;
  q_record_plain(&r, in, total);
  if (r.type == Q_RECORD_CCS) {
    return take_ccs(c, &r);
  }
  if (r.type == Q_RECORD_DATA && c->m.state == Q_STATE_WAIT_CLIENT_HELLO_AFTER_RETRY && expects_early_data(c)) {
    return skip_early_data(c, total);
  }
  return take_content(c, &r, event);
}

/* With keys on only type 23 may come; but a ChangeCipherSpec in its place, and
 * the alert of a client that could not read ServerHello and so has no keys. */
static qtls_err take_unprotected(struct qtls_conn *c, uint8_t *in, size_t total) {
  q_record r;
  q_record_plain(&r, in, total);
  if (r.type == Q_RECORD_CCS) {
    return take_ccs(c, &r);
  }
  bool first = c->m.state == Q_STATE_WAIT_CLIENT_FINISHED || c->m.state == Q_STATE_WAIT_CLIENT_CERTIFICATE;
  bool keyless = c->m.role == QTLS_SERVER && first && !c->opened;
  if (r.type == Q_RECORD_ALERT && keyless) {
    return q_conn_alert(c, q_span_of(r.body, r.n));
  }
  return QTLS_ERR_RECORD_UNPROTECTED;
}

static qtls_err take_protected(struct qtls_conn *c, uint8_t *in, size_t total, qtls_event *event) {
  q_record r;
  qtls_err err = q_record_open(&c->m.read, &r, in, total, c->m.read_limit);
  if (err == QTLS_ERR_RECORD_BAD_MAC && expects_early_data(c)) {
    return skip_early_data(c, total);
  }
  Q_TRY(err);
  c->opened = true;
  c->m.early_data_skippable = 0;
  return take_content(c, &r, event);
}

static qtls_err take_record(struct qtls_conn *c, uint8_t *in, size_t total, qtls_event *event) {
  c->m.records_received++;
  q_machine_trace(&c->m, QTLS_TRACE_record, false, in[0], q_span_of(NULL, total), "record");
  if (!c->m.read.on) {
    return take_plain(c, in, total, event);
  }
  return in[0] == Q_RECORD_DATA ? take_protected(c, in, total, event) : take_unprotected(c, in, total);
}

/* A client that authenticates after the handshake goes on with what arrives, once
 * it has been told of the jobs. */
static bool flows_on(const q_machine *m) { return m->state == Q_STATE_CLIENT_CONNECTED && m->hs->jobs_told; }

/* The events that are states: told once, or as long as they last. */
static void tell_state(struct qtls_conn *c, qtls_event *event) {
  if (event->kind != QTLS_EVENT_none) {
    return;
  }
  if (q_machine_waits_for_job(&c->m) && !flows_on(&c->m)) {
    event->kind = QTLS_EVENT_job;
    c->m.hs->jobs_told = true;
  } else if (q_machine_is_connected(&c->m) && !c->told) {
    c->told = true;
    event->kind = QTLS_EVENT_connected;
  } else if (c->m.role == QTLS_SERVER && c->m.auth != NULL && c->m.auth->answered > 0) {
    c->m.auth->answered--;
    event->kind = QTLS_EVENT_authenticated;
  } else if (c->peer_closed) {
    event->kind = QTLS_EVENT_closed;
  }
}

static void tell_need(qtls_event *event, const uint8_t *rest, size_t n) {
  if (event->kind == QTLS_EVENT_none) {
    event->need = n < Q_RECORD_HEADER ? Q_RECORD_HEADER : Q_RECORD_HEADER + (((size_t)rest[3] << 8) | rest[4]);
  }
}

static qtls_err receive(struct qtls_conn *c, uint8_t *in, size_t len, size_t *used, qtls_event *event) {
  if (q_machine_can_resume(&c->m)) {
    Q_TRY(q_machine_resume(&c->m));
    Q_TRY(q_conn_messages_left(c));
  }
  tell_state(c, event);
  while (event->kind == QTLS_EVENT_none) {
    size_t total = 0;
    /* Early data is protected, by keys that are not here. */
    Q_TRY(q_record_frame(&total, in + *used, len - *used, c->m.read.on || expects_early_data(c)));
    if (total == 0) {
      break;
    }
    Q_TRY(take_record(c, in + *used, total, event));
    *used += total;
    tell_state(c, event);
  }
  /* RFC 8446 §6.1: what comes after close_notify is ignored. */
  if (event->kind == QTLS_EVENT_closed) {
    *used = len;
  }
  tell_need(event, in + *used, len - *used);
  return QTLS_OK;
}

qtls_err q_conn_receive(struct qtls_conn *c, uint8_t *in, size_t len, size_t *used, qtls_event *event) {
  *used = 0;
  *event = (qtls_event){QTLS_EVENT_none, NULL, 0, 0};
  if (q_conn_failed(c)) {
    return c->m.problem.err;
  }
  qtls_err err = receive(c, in, len, used, event);
  if (err == QTLS_OK) {
    return QTLS_OK;
  }
  *event = (qtls_event){QTLS_EVENT_none, NULL, 0, 0};
  return q_conn_failed(c) ? err : q_conn_fail(c, err);
}

qtls_err q_conn_receive_end(struct qtls_conn *c) {
  if (c->peer_closed) {
    return QTLS_OK;
  }
  return q_conn_failed(c) ? c->m.problem.err : q_conn_fail(c, QTLS_ERR_TRUNCATED);
}
