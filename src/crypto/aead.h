/*
 * Owns authenticated encryption of records: AES-GCM (NIST SP 800-38D) and
 * ChaCha20-Poly1305 (RFC 8439), tag 16 bytes, nonce 12. Knows no records.
 */
#ifndef Q_CRYPTO_AEAD_H
#define Q_CRYPTO_AEAD_H

#include "base/secret.h"
#include "registry/registry.h"

typedef struct q_aead {
  uint64_t state[74]; /* AWS-LC's EVP_AEAD_CTX; holds the key schedule, no heap */
} q_aead;

size_t q_crypto_aead_key_size(q_aead_alg alg); /* 16 or 32 */

QTLS_MUST_USE qtls_err q_crypto_aead_init(q_aead *a, q_aead_alg alg, q_span key);
void q_crypto_aead_wipe(q_aead *a);

/*
 * out = encrypt(in || extra) || tag: in.n + extra.n + 16 bytes. `in` and the
 * start of `out` may be the same place, but not overlap otherwise; `extra`
 * (content type and padding) lies outside `out`.
 */
QTLS_MUST_USE qtls_err q_crypto_aead_seal(const q_aead *a, uint8_t *out, const uint8_t nonce[Q_AEAD_IV], q_span in,
                                          q_span extra, q_span ad);

/* Decrypt `n` bytes (ciphertext and tag) in place; *out_n = n - 16. On failure
 * QTLS_ERR_RECORD_BAD_MAC, and the bytes are wiped. */
QTLS_MUST_USE qtls_err q_crypto_aead_open(const q_aead *a, uint8_t *inout, size_t *out_n,
                                          const uint8_t nonce[Q_AEAD_IV], size_t n, q_span ad);

#endif
