/*
 * Owns HMAC (RFC 2104) with a key that is set once and used many times: the
 * padded key's two hash states are kept, so that each further HMAC under it
 * costs only its own blocks. HKDF builds on this.
 */
#ifndef Q_CRYPTO_HMAC_H
#define Q_CRYPTO_HMAC_H

#include "base/secret.h"
#include "crypto/hash.h"

typedef struct q_hmac {
  q_hash_alg alg;
  uint64_t state[154]; /* AWS-LC's HMAC_CTX, with room for any hash it knows */
} q_hmac;

void q_crypto_hmac_wipe(q_hmac *h);
#define Q_AUTO_HMAC __attribute__((cleanup(q_crypto_hmac_wipe)))

/* Set the key. Does not allocate. */
QTLS_MUST_USE qtls_err q_crypto_hmac_key(q_hmac *h, q_hash_alg alg, q_span key);

/* HMAC over `count` spans one after another; `out` takes the hash's size. */
QTLS_MUST_USE qtls_err q_crypto_hmac(q_hmac *h, uint8_t out[Q_HASH_MAX], const q_span *parts, size_t count);

#endif
