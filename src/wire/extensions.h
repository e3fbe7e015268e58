/* Owns extension blocks: a list of type and body, as any message carries it. */
#ifndef Q_WIRE_EXTENSIONS_H
#define Q_WIRE_EXTENSIONS_H

#include "wire/header.h"

/* Q-TLS §11: extensions in one message. */
#define Q_EXT_MAX 64

typedef struct q_ext_set {
  size_t count;
  uint16_t type[Q_EXT_MAX];
  q_span body[Q_EXT_MAX];
} q_ext_set;

/* Read the length-prefixed block at `r` (up to 2^16-1 bytes). EXT_DUPLICATE,
 * EXT_MANY, DECODE. Says nothing about which types may stand here. */
QTLS_MUST_USE qtls_err q_wire_extensions_read(q_ext_set *out, q_reader *r);

/* The body of `type`, or NULL. */
const q_span *q_wire_extension_find(const q_ext_set *set, uint16_t type);

/* Every extension known here (q_ext_find) may stand in `where` (one Q_IN_* bit):
 * else EXT_MISPLACED. Unknown ones pass. */
QTLS_MUST_USE qtls_err q_wire_extensions_check(const q_ext_set *set, unsigned where);

/* Open an extension; close with q_write_close. */
q_mark q_wire_extension_open(q_writer *w, uint16_t type);

#endif
