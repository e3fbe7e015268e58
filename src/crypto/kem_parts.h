/*
 * Owns the seam between kem.c and the key exchange primitives behind it.
 * Lengths are checked by kem.c before it calls here. Included by this folder
 * only.
 */
#ifndef Q_CRYPTO_KEM_PARTS_H
#define Q_CRYPTO_KEM_PARTS_H

#include <openssl/base.h>

#include "crypto/kem.h"

struct q_kem_key {
  q_kex_alg alg;
  EC_KEY *ec;         /* NIST curves */
  EVP_PKEY *mlkem;    /* ML-KEM */
  uint8_t x25519[32]; /* X25519 */
};

QTLS_MUST_USE qtls_err q_crypto_ecdh_generate(EC_KEY **key, uint8_t *share, q_kex_alg alg);
QTLS_MUST_USE qtls_err q_crypto_ecdh(uint8_t *secret, const EC_KEY *key, q_kex_alg alg, q_span peer);
void q_crypto_ecdh_free(EC_KEY *key);

QTLS_MUST_USE qtls_err q_crypto_x25519_generate(uint8_t key[32], uint8_t share[32]);
QTLS_MUST_USE qtls_err q_crypto_x25519(uint8_t secret[32], const uint8_t key[32], q_span peer);

QTLS_MUST_USE qtls_err q_crypto_mlkem_generate(EVP_PKEY **key, uint8_t *share, q_kex_alg alg);
QTLS_MUST_USE qtls_err q_crypto_mlkem_encapsulate(uint8_t secret[32], uint8_t *ciphertext, q_kex_alg alg,
                                                  q_span key);
QTLS_MUST_USE qtls_err q_crypto_mlkem_decapsulate(uint8_t secret[32], EVP_PKEY *key, q_span ciphertext);
void q_crypto_mlkem_free(EVP_PKEY *key);

#endif
