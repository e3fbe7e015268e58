/*
 * Owns the constants of the key schedule that depend on the hash alone: what a
 * handshake without PSK would compute anew each time (RFC 8446 §7.1). A unit
 * test computes them and compares.
 */
#ifndef Q_KEYS_FIXED_H
#define Q_KEYS_FIXED_H

#include "registry/registry.h"

/* Values of the hash's length; the rest is zero. */
typedef struct q_fixed {
  uint8_t early[48];   /* HKDF-Extract(0, 0): the Early Secret without PSK */
  uint8_t empty[48];   /* Hash("") */
  uint8_t derived[48]; /* Derive-Secret(early, "derived", "") */
} q_fixed;

const q_fixed *q_keys_fixed(q_hash_alg hash); /* NULL for a hash that no suite uses */

#endif
