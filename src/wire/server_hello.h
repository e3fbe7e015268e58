/* Owns ServerHello and HelloRetryRequest (RFC 8446 §4.1.3, §4.1.4). */
#ifndef Q_WIRE_SERVER_HELLO_H
#define Q_WIRE_SERVER_HELLO_H

#include "wire/extensions.h"

/* The random that makes a ServerHello a HelloRetryRequest. */
extern const uint8_t q_wire_hrr_random[32];
/* Last eight bytes of a random that tell of a downgrade to 1.2, or below (§4.1.3). */
extern const uint8_t q_wire_downgrade_12[8];
extern const uint8_t q_wire_downgrade_11[8];

typedef struct q_server_hello {
  uint16_t legacy_version;
  const uint8_t *random; /* 32 bytes */
  q_span session_id;
  uint16_t suite;
  uint8_t compression;
  bool is_hrr;
  q_ext_set extensions;
} q_server_hello;

QTLS_MUST_USE qtls_err q_wire_server_hello_read(q_server_hello *out, q_span body);
q_mark q_wire_server_hello_open(q_writer *w, const uint8_t random[32], q_span session_id, uint16_t suite);

#endif
