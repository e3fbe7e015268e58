/* Owns the handshake message header (RFC 8446 §4) and alerts (§6). */
#ifndef Q_WIRE_HEADER_H
#define Q_WIRE_HEADER_H

#include "base/reader.h"
#include "base/writer.h"
#include "registry/registry.h"

#define Q_MSG_HEADER 4

/* Open a message of `type`; close with q_write_close. */
q_mark q_wire_message_open(q_writer *w, q_msg_type type);

typedef struct q_alert_body {
  uint8_t level;
  uint8_t description;
} q_alert_body;
QTLS_MUST_USE qtls_err q_wire_alert_read(q_alert_body *out, q_span body); /* QTLS_ERR_ALERT_DECODE */

#endif
