/* Owns hashing (FIPS 180-4): running hashes that can be copied and forked. */
#ifndef Q_CRYPTO_HASH_H
#define Q_CRYPTO_HASH_H

#include "registry/registry.h"

/* A running hash, copied by assignment. The state is AWS-LC's own. */
typedef struct q_hash {
  q_hash_alg alg;
  uint64_t state[28];
} q_hash;

size_t q_crypto_hash_size(q_hash_alg alg); /* 32, 48, 64 */

void q_crypto_hash_init(q_hash *h, q_hash_alg alg);
void q_crypto_hash_update(q_hash *h, q_span bytes);

/* The digest so far, q_crypto_hash_size bytes; `h` can go on. */
void q_crypto_hash_peek(const q_hash *h, uint8_t out[Q_HASH_MAX]);

/* Digest of one span. */
void q_crypto_hash_once(q_hash_alg alg, uint8_t out[Q_HASH_MAX], q_span bytes);

/* SHA-1, which proves nothing any more: for names of keys alone (RFC 6960 §4.1.1). */
#define Q_SHA1_SIZE 20
void q_crypto_sha1(uint8_t out[Q_SHA1_SIZE], q_span bytes);

#endif
