/*
 * Owns private keys under a pass phrase: EncryptedPrivateKeyInfo (RFC 5958 §3)
 * with PBES2 (RFC 8018 §6.2), keys from PBKDF2-HMAC-SHA-1/256/384/512 or scrypt
 * (RFC 7914), AES-128/256-CBC. A file says itself how much work and memory
 * opening it takes: there are limits.
 */
#ifndef Q_CRYPTO_PBES_H
#define Q_CRYPTO_PBES_H

#include "base/mem.h"

#define Q_PBES_PHRASE_MAX 1024 /* bytes */
#define Q_PBES_ROUNDS 600000   /* of PBKDF2 that are written */

/* What a file may ask for. */
typedef struct q_pbes_limits {
  uint64_t rounds; /* of PBKDF2 */
  uint64_t memory; /* bytes of scrypt, N * 128r and p * 128r together */
  uint64_t work;   /* of scrypt, N * r * p */
} q_pbes_limits;
extern const q_pbes_limits q_crypto_pbes_limits; /* seconds, and 160 MB */

/* The PrivateKeyInfo in a fresh q_alloc block. QTLS_ERR_KEY_FORMAT,
 * QTLS_ERR_KEY_UNSUPPORTED (another scheme, or beyond the limits),
 * QTLS_ERR_KEY_PASSPHRASE (what comes out is no key), QTLS_ERR_ARGUMENT (the
 * phrase is empty or too long). */
QTLS_MUST_USE qtls_err q_crypto_pbes_open(uint8_t **out, size_t *n, q_span der, q_span phrase,
                                          const q_pbes_limits *limits);

/* The other way: PBKDF2-HMAC-SHA256 of so many rounds, AES-256-CBC. */
QTLS_MUST_USE qtls_err q_crypto_pbes_seal(uint8_t **out, size_t *n, q_span plain, q_span phrase, uint32_t rounds);

#endif
