/* Owns a set of uint16 codes: lists from a peer can hold tens of thousands, and
 * must be compared in time that grows with their length alone. */
#ifndef Q_BASE_BITS_H
#define Q_BASE_BITS_H

#include "base/try.h"

/* All zero is the empty set. */
typedef struct q_bits {
  uint8_t b[8192];
} q_bits;

static inline bool q_bits_has(const q_bits *s, uint16_t code) { return (s->b[code >> 3] & (1u << (code & 7))) != 0; }
static inline void q_bits_add(q_bits *s, uint16_t code) { s->b[code >> 3] |= (uint8_t)(1u << (code & 7)); }

#endif
