/* Owns a byte that is a flag, as the Q-TLS extensions have them (Q-TLS §5). */
#ifndef Q_WIRE_EXT_FLAG_H
#define Q_WIRE_EXT_FLAG_H

#include "base/reader.h"

/* DECODE for other than 0 and 1. */
static inline qtls_err q_wire_flag_read(q_reader *r, bool *out) {
  uint8_t value = 0;
  Q_TRY(q_read_u8(r, &value));
  *out = value == 1;
  return value <= 1 ? QTLS_OK : QTLS_ERR_DECODE;
}

#endif
