/* Owns ClientHello (RFC 8446 §4.1.2). */
#ifndef Q_WIRE_CLIENT_HELLO_H
#define Q_WIRE_CLIENT_HELLO_H

#include "wire/extensions.h"

typedef struct q_client_hello {
  uint16_t legacy_version;
  const uint8_t *random; /* 32 bytes */
  q_span session_id;     /* 0-32 bytes */
  q_span suites;         /* uint16 codes, at least one */
  q_span compression;    /* at least one byte */
  bool has_extensions;   /* a hello of old may end after compression */
  q_ext_set extensions;
} q_client_hello;

/* `body`: without the message header. */
QTLS_MUST_USE qtls_err q_wire_client_hello_read(q_client_hello *out, q_span body);

/* All up to the extensions; then write each extension, then q_write_close
 * the returned mark of the extension block. Compression: null alone. */
q_mark q_wire_client_hello_open(q_writer *w, const uint8_t random[32], q_span session_id, const uint16_t *suites,
                                size_t suite_count);

#endif
