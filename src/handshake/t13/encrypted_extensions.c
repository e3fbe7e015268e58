/* Owns EncryptedExtensions (RFC 8446 §4.3.1). */
#include "handshake/ext/ext.h"
#include "handshake/t13/t13.h"

qtls_err q_t13_send_encrypted_extensions(q_machine *m) {
  uint8_t buf[1024];
  q_writer w;
  q_writer_init(&w, buf, sizeof buf);
  q_mark message = q_wire_message_open(&w, Q_MSG_ENCRYPTED_EXTENSIONS);
  q_mark extensions = q_write_open(&w, 2);
  q_ext_write_answers(m, &w);
  q_write_close(&w, extensions);
  q_write_close(&w, message);
  size_t n = 0;
  Q_TRY(q_writer_end(&w, &n));
  return q_machine_send_message(m, q_span_of(buf, n));
}

qtls_err q_t13_recv_encrypted_extensions(q_machine *m, const q_message *msg) {
  q_ext_set set;
  q_reader r = msg->body;
  Q_TRY(q_wire_extensions_read(&set, &r));
  Q_TRY(q_read_end(&r));
  Q_TRY(q_ext_read_answers(m, &set));
  q_keys_transcript_add(&m->hs->transcript, msg->whole);
  q_machine_enter(m, Q_STATE_WAIT_CERTIFICATE_OR_REQUEST);
  return QTLS_OK;
}
