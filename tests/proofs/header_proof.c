/*
 * The header of handshake messages and the body of alerts: a message of any
 * length that was opened and closed says its length in three bytes, or is
 * refused; an alert is two bytes and nothing else is read.
 *
 * sources: src/wire/header.c src/base/writer.c
 * unwind: 9
 */
#include "proof.h"
#include "wire/header.h"

void proof_message(void) {
  q_writer w;
  size_t cap = any_size();
  ASSUME(cap <= OBJECT_MAX);
  q_writer_init(&w, any_bytes(cap), cap);
  q_mark mark = q_wire_message_open(&w, (q_msg_type)any_u8());
  (void)q_write_space(&w, any_size());
  q_write_close(&w, mark);
  size_t n = 0;
  if (q_writer_end(&w, &n) == QTLS_OK) {
    ASSERT(n >= Q_MSG_HEADER && n <= cap, "inside");
    size_t body = (size_t)w.p[1] << 16 | (size_t)w.p[2] << 8 | w.p[3];
    ASSERT(body == n - Q_MSG_HEADER, "the header says the length");
  }
}

void proof_alert(void) {
  q_span body;
  body.n = any_size();
  ASSUME(body.n <= OBJECT_MAX);
  body.p = any_bytes(body.n);
  q_alert_body out;
  ASSERT((q_wire_alert_read(&out, body) == QTLS_OK) == (body.n == 2), "two bytes");
}
