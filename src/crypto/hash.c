/*
 * Owns hashing (FIPS 180-4) by AWS-LC's direct calls: no dispatch, no heap, and
 * the state is plain memory that is copied by assignment.
 */
#include "crypto/hash.h"

#include <openssl/sha.h>

#include "base/mem.h"

_Static_assert(sizeof(SHA256_CTX) <= sizeof((q_hash){0}.state), "q_hash holds SHA256_CTX");
_Static_assert(sizeof(SHA512_CTX) <= sizeof((q_hash){0}.state), "q_hash holds SHA512_CTX");
_Static_assert(_Alignof(SHA256_CTX) <= _Alignof(uint64_t), "SHA256_CTX is aligned in q_hash");
_Static_assert(_Alignof(SHA512_CTX) <= _Alignof(uint64_t), "SHA512_CTX is aligned in q_hash");

static SHA256_CTX *narrow(q_hash *h) { return (SHA256_CTX *)(void *)h->state; }
static SHA512_CTX *wide(q_hash *h) { return (SHA512_CTX *)(void *)h->state; }

size_t q_crypto_hash_size(q_hash_alg alg) {
  switch (alg) {
    case Q_HASH_SHA256:
      return SHA256_DIGEST_LENGTH;
    case Q_HASH_SHA384:
      return SHA384_DIGEST_LENGTH;
    case Q_HASH_SHA512:
      return SHA512_DIGEST_LENGTH;
  }
  return 0;
}

void q_crypto_hash_init(q_hash *h, q_hash_alg alg) {
  h->alg = alg;
  switch (alg) {
    case Q_HASH_SHA256:
      SHA256_Init(narrow(h));
      break;
    case Q_HASH_SHA384:
      SHA384_Init(wide(h));
      break;
    case Q_HASH_SHA512:
      SHA512_Init(wide(h));
      break;
  }
}

void q_crypto_hash_update(q_hash *h, q_span bytes) {
  if (bytes.n == 0) {
    return;
  }
  switch (h->alg) {
    case Q_HASH_SHA256:
      SHA256_Update(narrow(h), bytes.p, bytes.n);
      break;
    case Q_HASH_SHA384:
      SHA384_Update(wide(h), bytes.p, bytes.n);
      break;
    case Q_HASH_SHA512:
      SHA512_Update(wide(h), bytes.p, bytes.n);
      break;
  }
}

/* Uses the state up. */
static void finish(q_hash *h, uint8_t *out) {
  switch (h->alg) {
    case Q_HASH_SHA256:
      SHA256_Final(out, narrow(h));
      break;
    case Q_HASH_SHA384:
      SHA384_Final(out, wide(h));
      break;
    case Q_HASH_SHA512:
      SHA512_Final(out, wide(h));
      break;
  }
}

void q_crypto_hash_peek(const q_hash *h, uint8_t out[Q_HASH_MAX]) {
  q_hash fork = *h;
  finish(&fork, out);
  q_wipe(&fork, sizeof fork);
}

void q_crypto_hash_once(q_hash_alg alg, uint8_t out[Q_HASH_MAX], q_span bytes) {
  q_hash h;
  q_crypto_hash_init(&h, alg);
  q_crypto_hash_update(&h, bytes);
  finish(&h, out);
  q_wipe(&h, sizeof h);
}

void q_crypto_sha1(uint8_t out[Q_SHA1_SIZE], q_span bytes) { (void)SHA1(bytes.p, bytes.n, out); }
