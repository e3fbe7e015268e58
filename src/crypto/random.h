/* Owns the random source, and comparison of secrets. */
#ifndef Q_CRYPTO_RANDOM_H
#define Q_CRYPTO_RANDOM_H

#include "base/try.h"

/* `n` bytes from the system's generator through AWS-LC; QTLS_ERR_RANDOM. */
QTLS_MUST_USE qtls_err q_crypto_random(uint8_t *out, size_t n);

/* Time depends on `n` alone. */
bool q_crypto_ct_equal(const uint8_t *a, const uint8_t *b, size_t n);

#endif
