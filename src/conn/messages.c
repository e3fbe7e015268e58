/* Owns the way from handshake bytes to messages: one record may hold several,
 * one message may span many (RFC 8446 §5.1). A whole message is handled where
 * it lies; only the beginning of an unfinished one is copied. */
#include "conn/conn.h"
#include "wire/header.h"

/* Q-TLS §11; counted between application data, the engine having no clock. */
#define POST_HANDSHAKE_BYTES_MAX 65536

/* What the header alone decides, before anything is buffered. */
static qtls_err check_header(struct qtls_conn *c, const uint8_t *header, size_t *total) {
  size_t n = ((size_t)header[1] << 16) | ((size_t)header[2] << 8) | header[3];
  qtls_err err = q_machine_expects(&c->m, header[0]);
  if (err != QTLS_OK) {
    q_text t = q_machine_detail(&c->m);
    q_text_add(&t, q_msg_name(header[0]));
    q_text_add(&t, " in state: ");
    q_text_add(&t, q_machine_state_name(c->m.state));
    return err;
  }
  if (n > c->m.config->message_limit) {
    return q_machine_refuse(&c->m, QTLS_ERR_MSG_TOO_LONG, q_msg_name(header[0]));
  }
  *total = Q_MSG_HEADER + n;
  return QTLS_OK;
}

/* What a server has asked for does not count: it asks at most four times before
 * it is answered, and takes nothing else of the kind. */
static bool was_asked_for(const q_machine *m, uint8_t type) {
  bool answer = type == Q_MSG_CERTIFICATE || type == Q_MSG_COMPRESSED_CERTIFICATE || type == Q_MSG_CERTIFICATE_VERIFY ||
                type == Q_MSG_FINISHED;
  return m->role == QTLS_SERVER && answer;
}

/* A request may name many authorities, and no more than four of them wait. */
#define REQUEST_COUNTS_MOST 16384

static qtls_err count_post_handshake(struct qtls_conn *c, uint8_t type, size_t n) {
  if (!q_machine_is_connected(&c->m) || was_asked_for(&c->m, type)) {
    return QTLS_OK;
  }
  if (type == Q_MSG_CERTIFICATE_REQUEST && n > REQUEST_COUNTS_MOST) {
    n = REQUEST_COUNTS_MOST;
  }
  if (n > POST_HANDSHAKE_BYTES_MAX - c->post_handshake_bytes) {
    return QTLS_ERR_POST_HANDSHAKE_FLOOD;
  }
  c->post_handshake_bytes += (uint32_t)n;
  return QTLS_OK;
}

static qtls_err handle(struct qtls_conn *c, q_span whole, bool last) {
  q_message msg = {(q_msg_type)whole.p[0], whole, {whole.p + Q_MSG_HEADER, whole.n - Q_MSG_HEADER}};
  Q_TRY(count_post_handshake(c, whole.p[0], whole.n));
  Q_TRY(q_machine_step(&c->m, &msg));
  /* RFC 8446 §5.1: nothing may follow a message that changes keys. */
  return c->m.read_changed && !last ? QTLS_ERR_RECORD_KEY_BOUNDARY : QTLS_OK;
}

/* Work off the whole messages at the front; *done bytes of them. What comes behind
 * a certificate that is being asked about stays until that is answered. */
static qtls_err handle_whole(struct qtls_conn *c, q_span bytes, size_t *done) {
  *done = 0;
  while (bytes.n - *done >= Q_MSG_HEADER && !q_machine_waits_for_status(&c->m)) {
    size_t total = 0;
    Q_TRY(check_header(c, bytes.p + *done, &total));
    if (bytes.n - *done < total) {
      break;
    }
    Q_TRY(handle(c, q_span_of(bytes.p + *done, total), bytes.n - *done == total));
    *done += total;
  }
  return QTLS_OK;
}

qtls_err q_conn_messages_left(struct qtls_conn *c) {
  return q_queue_length(&c->partial) == 0 ? QTLS_OK : q_conn_messages(c, q_span_of(NULL, 0));
}

qtls_err q_conn_messages(struct qtls_conn *c, q_span bytes) {
  size_t done = 0;
  if (q_queue_length(&c->partial) == 0) {
    Q_TRY(handle_whole(c, bytes, &done));
    return q_queue_append(&c->partial, q_span_of(bytes.p + done, bytes.n - done));
  }
  Q_TRY(q_queue_append(&c->partial, bytes));
  Q_TRY(handle_whole(c, q_queue_span(&c->partial), &done));
  if (done > 0) {
    q_queue_consume(&c->partial, done);
  }
  return QTLS_OK;
}
