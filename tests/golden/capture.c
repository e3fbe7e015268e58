/* Owns the record of private values: stands between crypto/kem.c and the
 * primitives behind it (linker option --wrap). Changes nothing. */
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec_key.h>

#include "crypto/kem_parts.h"
#include "golden/golden.h"

golden_calls golden_seen;

static golden_call *note(golden_kind kind, q_kex_alg alg) {
  if (golden_seen.count == GOLDEN_SHARES_MAX) {
    abort();
  }
  golden_call *c = &golden_seen.call[golden_seen.count++];
  *c = (golden_call){.kind = kind, .alg = alg};
  return c;
}

static void keep(uint8_t *at, size_t *at_n, const uint8_t *p, size_t n) {
  memcpy(at, p, n);
  *at_n = n;
}

#define REAL(name) __real_##name
#define WRAP(name) __wrap_##name

qtls_err REAL(q_crypto_ecdh_generate)(EC_KEY **key, uint8_t *share, q_kex_alg alg);
qtls_err WRAP(q_crypto_ecdh_generate)(EC_KEY **key, uint8_t *share, q_kex_alg alg);
qtls_err WRAP(q_crypto_ecdh_generate)(EC_KEY **key, uint8_t *share, q_kex_alg alg) {
  qtls_err err = REAL(q_crypto_ecdh_generate)(key, share, alg);
  golden_call *c = note(GOLDEN_GENERATE, alg);
  c->private_n = q_kex_size_of(alg).secret;
  if (err != QTLS_OK || c->private_n > sizeof c->private_key ||
      BN_bn2bin_padded(c->private_key, c->private_n, EC_KEY_get0_private_key(*key)) != 1) {
    abort();
  }
  keep(c->share, &c->share_n, share, q_kex_size_of(alg).client_share);
  return err;
}

qtls_err REAL(q_crypto_x25519_generate)(uint8_t key[32], uint8_t share[32]);
qtls_err WRAP(q_crypto_x25519_generate)(uint8_t key[32], uint8_t share[32]);
qtls_err WRAP(q_crypto_x25519_generate)(uint8_t key[32], uint8_t share[32]) {
  qtls_err err = REAL(q_crypto_x25519_generate)(key, share);
  golden_call *c = note(GOLDEN_GENERATE, Q_KEX_X25519);
  keep(c->private_key, &c->private_n, key, 32);
  keep(c->share, &c->share_n, share, 32);
  return err;
}

qtls_err REAL(q_crypto_mlkem_generate)(EVP_PKEY **key, uint8_t *share, q_kex_alg alg);
qtls_err WRAP(q_crypto_mlkem_generate)(EVP_PKEY **key, uint8_t *share, q_kex_alg alg);
qtls_err WRAP(q_crypto_mlkem_generate)(EVP_PKEY **key, uint8_t *share, q_kex_alg alg) {
  qtls_err err = REAL(q_crypto_mlkem_generate)(key, share, alg);
  golden_call *c = note(GOLDEN_GENERATE, alg);
  c->private_n = 64;
  golden_random_last(c->private_key, c->private_n);
  keep(c->share, &c->share_n, share, q_kex_size_of(alg).client_share);
  return err;
}

qtls_err REAL(q_crypto_mlkem_encapsulate)(uint8_t secret[32], uint8_t *ciphertext, q_kex_alg alg, q_span key);
qtls_err WRAP(q_crypto_mlkem_encapsulate)(uint8_t secret[32], uint8_t *ciphertext, q_kex_alg alg, q_span key);
qtls_err WRAP(q_crypto_mlkem_encapsulate)(uint8_t secret[32], uint8_t *ciphertext, q_kex_alg alg, q_span key) {
  qtls_err err = REAL(q_crypto_mlkem_encapsulate)(secret, ciphertext, alg, key);
  golden_call *c = note(GOLDEN_ENCAPSULATE, alg);
  c->private_n = 32;
  golden_random_last(c->private_key, c->private_n);
  keep(c->share, &c->share_n, ciphertext, q_kex_size_of(alg).server_share);
  keep(c->secret, &c->secret_n, secret, 32);
  return err;
}

/* The secrets that the client and the server come to, for comparison. */
qtls_err REAL(q_crypto_mlkem_decapsulate)(uint8_t secret[32], EVP_PKEY *key, q_span ciphertext);
qtls_err WRAP(q_crypto_mlkem_decapsulate)(uint8_t secret[32], EVP_PKEY *key, q_span ciphertext);
qtls_err WRAP(q_crypto_mlkem_decapsulate)(uint8_t secret[32], EVP_PKEY *key, q_span ciphertext) {
  qtls_err err = REAL(q_crypto_mlkem_decapsulate)(secret, key, ciphertext);
  golden_call *c = note(GOLDEN_SECRET, Q_KEX_MLKEM1024);
  keep(c->secret, &c->secret_n, secret, 32);
  return err;
}

qtls_err REAL(q_crypto_ecdh)(uint8_t *secret, const EC_KEY *key, q_kex_alg alg, q_span peer);
qtls_err WRAP(q_crypto_ecdh)(uint8_t *secret, const EC_KEY *key, q_kex_alg alg, q_span peer);
qtls_err WRAP(q_crypto_ecdh)(uint8_t *secret, const EC_KEY *key, q_kex_alg alg, q_span peer) {
  qtls_err err = REAL(q_crypto_ecdh)(secret, key, alg, peer);
  golden_call *c = note(GOLDEN_SECRET, alg);
  keep(c->secret, &c->secret_n, secret, q_kex_size_of(alg).secret);
  return err;
}

qtls_err REAL(q_crypto_x25519)(uint8_t secret[32], const uint8_t key[32], q_span peer);
qtls_err WRAP(q_crypto_x25519)(uint8_t secret[32], const uint8_t key[32], q_span peer);
qtls_err WRAP(q_crypto_x25519)(uint8_t secret[32], const uint8_t key[32], q_span peer) {
  qtls_err err = REAL(q_crypto_x25519)(secret, key, peer);
  golden_call *c = note(GOLDEN_SECRET, Q_KEX_X25519);
  keep(c->secret, &c->secret_n, secret, 32);
  return err;
}
