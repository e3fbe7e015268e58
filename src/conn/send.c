/* Owns what goes out: the queue of the handshake first, then application data,
 * sealed from the caller's buffer straight into the caller's other buffer. */
#include <string.h>

#include "conn/conn.h"
#include "crypto/random.h"
#include "handshake/t13/t13.h"

#define LEVEL_WARNING 1
#define INTERACTIVE_SIZE 4096
#define DYNAMIC_SMALL 1400
#define DYNAMIC_AFTER 131072

static size_t drain(struct qtls_conn *c, uint8_t *out, size_t cap) {
  q_span waiting = q_queue_span(&c->m.out);
  size_t n = waiting.n < cap ? waiting.n : cap;
  if (n > 0) {
    memcpy(out, waiting.p, n);
    q_queue_consume(&c->m.out, n);
  }
  c->m.update_answer_left -= n < c->m.update_answer_left ? n : c->m.update_answer_left;
  return n;
}

/* Content bytes of the next record by the mode (Q-TLS §1). */
static size_t record_size(const struct qtls_conn *c) {
  size_t n = c->m.write_limit;
  size_t wish = n;
  if (c->m.config->record_mode == QTLS_RECORD_interactive) {
    wish = INTERACTIVE_SIZE;
  } else if (c->m.config->record_mode == QTLS_RECORD_dynamic && c->sent_in_a_row < DYNAMIC_AFTER) {
    wish = DYNAMIC_SMALL;
  }
  return wish < n ? wish : n;
}

/* Zeros to add to `content` bytes, within the peer's limit and `room`. */
static qtls_err padding_of(const struct qtls_conn *c, size_t *padding, size_t content, size_t room) {
  size_t wish = 0;
  if (c->m.config->padding == QTLS_PADDING_block) {
    size_t block = c->m.config->padding_block;
    wish = (block - (content + 1) % block) % block;
  } else if (c->m.config->padding == QTLS_PADDING_random) {
    uint8_t random[2];
    Q_TRY(q_crypto_random(random, sizeof random));
    wish = (size_t)(((random[0] << 8) | random[1]) % 257);
  }
  size_t left = c->m.write_limit - content;
  left = left < room ? left : room;
  *padding = wish < left ? wish : left;
  return QTLS_OK;
}

/* Has the sending key done its part (Q-TLS §3)? A clock that was set back makes it no older. */
static bool key_is_worn(const q_machine *m) {
  const struct qtls_config *by = m->config;
  uint64_t age = m->now > m->write_since ? (uint64_t)m->now - (uint64_t)m->write_since : 0;
  return m->write.sequence >= by->update_records || (by->update_bytes > 0 && m->write_bytes >= by->update_bytes) ||
         (by->update_seconds > 0 && age >= by->update_seconds);
}

static qtls_err seal_data(struct qtls_conn *c, q_span data, uint8_t *out, size_t cap, size_t *taken, size_t *written) {
  bool first = *written == 0;
  /* A key that is worn in between is changed by the next call. */
  while (*taken < data.n && !key_is_worn(&c->m)) {
    size_t room = cap - *written;
    size_t n = data.n - *taken;
    size_t most = record_size(c);
    n = n < most ? n : most;
    if (room < n + Q_RECORD_OVERHEAD) {
      /* A short buffer gets one short record, never a tail of small ones. */
      if (!first || room <= Q_RECORD_OVERHEAD) {
        break;
      }
      n = room - Q_RECORD_OVERHEAD;
    }
    first = false;
    size_t padding = 0;
    size_t made = 0;
    Q_TRY(padding_of(c, &padding, n, room - n - Q_RECORD_OVERHEAD));
    Q_TRY(
        q_record_seal(&c->m.write, out + *written, &made, room, Q_RECORD_DATA, q_span_of(data.p + *taken, n), padding));
    c->m.records_sent++;
    c->m.write_bytes += n;
    q_machine_trace(&c->m, QTLS_TRACE_record, true, Q_RECORD_DATA, q_span_of(NULL, made), "record");
    q_conn_data_passed(c); /* a peer may be there only to listen */
    c->sent_in_a_row = c->sent_in_a_row < DYNAMIC_AFTER ? c->sent_in_a_row + (uint32_t)n : DYNAMIC_AFTER;
    *taken += n;
    *written += made;
  }
  return QTLS_OK;
}

/* Queues a KeyUpdate, which asks for the peer's too, before the data that comes next. */
static qtls_err renew_key(struct qtls_conn *c) {
  bool sends = q_machine_is_connected(&c->m) && !c->m.write_closed;
  return sends && key_is_worn(&c->m) ? q_t13_send_key_update(&c->m, true) : QTLS_OK;
}

qtls_err q_conn_send(struct qtls_conn *c, q_span data, uint8_t *out, size_t cap, size_t *taken, size_t *written) {
  *taken = 0;
  *written = 0;
  qtls_err err = data.n > 0 ? renew_key(c) : QTLS_OK;
  if (err != QTLS_OK) {
    return q_conn_fail(c, err);
  }
  *written = drain(c, out, cap);
  if (q_conn_failed(c)) {
    return *written > 0 ? QTLS_OK : QTLS_ERR_CLOSED;
  }
  if (c->m.write_closed && data.n > 0) {
    return *written > 0 ? QTLS_OK : QTLS_ERR_STATE;
  }
  if (!q_machine_is_connected(&c->m) || q_queue_length(&c->m.out) > 0 || data.n == 0) {
    return QTLS_OK;
  }
  err = seal_data(c, data, out, cap, taken, written);
  /* What was sealed before the failure is good: the next call fails. */
  return err == QTLS_OK || *written > 0 ? QTLS_OK : q_conn_fail(c, err);
}

qtls_err q_conn_close(struct qtls_conn *c) {
  if (q_conn_failed(c)) {
    return QTLS_ERR_CLOSED;
  }
  if (c->m.write_closed) {
    return QTLS_OK;
  }
  Q_TRY(q_machine_send_alert(&c->m, LEVEL_WARNING, QTLS_ALERT_close_notify));
  c->m.write_closed = true;
  /* Closed before it was open: there is no half of it to go on with. */
  if (!q_machine_is_connected(&c->m)) {
    c->m.problem.err = QTLS_ERR_CLOSED;
    c->m.problem.alert = QTLS_ALERT_none;
    q_conn_end(c);
  }
  return QTLS_OK;
}
