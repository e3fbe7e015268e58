/*
 * Owns the container of secret bytes. A secret on the stack is declared with
 * Q_AUTO_SECRET and is wiped when it leaves scope, on every path.
 */
#ifndef Q_BASE_SECRET_H
#define Q_BASE_SECRET_H

#include "base/mem.h"

/* The longest: a P-521 or P-384 ECDH value beside an ML-KEM secret. */
#define Q_SECRET_MAX 98

typedef struct q_secret {
  uint8_t n;
  uint8_t b[Q_SECRET_MAX];
} q_secret;

static inline void q_secret_wipe(q_secret *s) { q_wipe(s, sizeof *s); }

#define Q_AUTO_SECRET __attribute__((cleanup(q_secret_wipe)))

static inline q_span q_secret_span(const q_secret *s) { return q_span_of(s->b, s->n); }

/* `n` ≤ Q_SECRET_MAX bytes into the secret; QTLS_ERR_INTERNAL if longer. */
QTLS_MUST_USE qtls_err q_secret_set(q_secret *s, const uint8_t *p, size_t n);

/* Append `more`; QTLS_ERR_INTERNAL if the two do not fit. */
QTLS_MUST_USE qtls_err q_secret_append(q_secret *s, const q_secret *more);

#endif
