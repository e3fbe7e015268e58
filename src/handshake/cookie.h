/*
 * Owns the stateless cookie (RFC 8446 §4.2.2, Q-TLS §3): what a server must
 * remember of a first ClientHello, sealed by an HMAC that also covers the
 * client's address. Its keys change every hour and derive from one secret of
 * the frozen configuration, so that no state is shared between connections.
 */
#ifndef Q_HANDSHAKE_COOKIE_H
#define Q_HANDSHAKE_COOKIE_H

#include "handshake/machine.h"

typedef struct q_cookie_content {
  q_retry retry;
  uint8_t invariants[32];
  uint8_t hello_hash[Q_HASH_MAX]; /* of the suite's hash; the rest zero */
} q_cookie_content;

/* key id 4 | time 8 | version 2 | suite 2 | group 2 | classical 2 |
 * invariants 32 | hello hash 64 | HMAC-SHA-256 32 */
#define Q_COOKIE_SIZE 148

QTLS_MUST_USE qtls_err q_cookie_seal(uint8_t out[Q_COOKIE_SIZE], const q_machine *m, const q_cookie_content *in);

/* QTLS_ERR_COOKIE when it is not ours, older than 60 s or for another address. */
QTLS_MUST_USE qtls_err q_cookie_open(q_cookie_content *out, const q_machine *m, q_span cookie);

#endif
