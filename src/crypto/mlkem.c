/*
 * Owns ML-KEM (FIPS 203). The checks of its §7.2 and §7.3 on what a peer sends:
 * lengths (kem.c); the modulus check of an encapsulation key is AWS-LC's, and is
 * repeated here when it refuses, to tell a malformed key from another failure.
 */
#include "crypto/awslc.h"
#include "crypto/kem_parts.h"

#include <openssl/nid.h>

#define SECRET_SIZE 32
#define MODULUS 3329
#define RHO_SIZE 32

static int nid_of(q_kex_alg alg) {
  switch (alg) {
    case Q_KEX_MLKEM512:
      return NID_MLKEM512;
    case Q_KEX_MLKEM768:
      return NID_MLKEM768;
    default:
      return NID_MLKEM1024;
  }
}

void q_crypto_mlkem_free(EVP_PKEY *key) { EVP_PKEY_free(key); }

static void context_free(EVP_PKEY_CTX **ctx) { EVP_PKEY_CTX_free(*ctx); }
static void key_free(EVP_PKEY **key) { EVP_PKEY_free(*key); }
#define AUTO_CONTEXT __attribute__((cleanup(context_free))) EVP_PKEY_CTX *
#define AUTO_KEY __attribute__((cleanup(key_free))) EVP_PKEY *

qtls_err q_crypto_mlkem_generate(EVP_PKEY **key, uint8_t *share, q_kex_alg alg) {
  *key = NULL;
  size_t n = q_kex_size_of(alg).client_share;
  AUTO_CONTEXT ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_KEM, NULL);
  if (ctx == NULL || EVP_PKEY_CTX_kem_set_params(ctx, nid_of(alg)) != 1 || EVP_PKEY_keygen_init(ctx) != 1 ||
      EVP_PKEY_keygen(ctx, key) != 1 || EVP_PKEY_get_raw_public_key(*key, share, &n) != 1 ||
      n != q_kex_size_of(alg).client_share) {
    return q_crypto_fail(QTLS_ERR_PQC_KEM);
  }
  return QTLS_OK;
}

/* FIPS 203 §7.2: every 12-bit coefficient is below the modulus. The key is
 * public; the time may tell. */
static bool coefficients_in_range(q_span key) {
  for (size_t i = 0; i + 3 <= key.n - RHO_SIZE; i += 3) {
    unsigned low = key.p[i] | ((key.p[i + 1] & 0x0Fu) << 8);
    unsigned high = (key.p[i + 1] >> 4) | ((unsigned)key.p[i + 2] << 4);
    if (low >= MODULUS || high >= MODULUS) {
      return false;
    }
  }
  return true;
}

qtls_err q_crypto_mlkem_encapsulate(uint8_t secret[32], uint8_t *ciphertext, q_kex_alg alg, q_span key) {
  size_t n = q_kex_size_of(alg).server_share;
  size_t secret_n = SECRET_SIZE;
  AUTO_KEY pkey = EVP_PKEY_kem_new_raw_public_key(nid_of(alg), key.p, key.n);
  AUTO_CONTEXT ctx = pkey == NULL ? NULL : EVP_PKEY_CTX_new(pkey, NULL);
  /* AWS-LC makes the modulus check too, and refuses: ours only names the reason. */
  if (ctx == NULL || EVP_PKEY_encapsulate(ctx, ciphertext, &n, secret, &secret_n) != 1 ||
      n != q_kex_size_of(alg).server_share || secret_n != SECRET_SIZE) {
    return q_crypto_fail(coefficients_in_range(key) ? QTLS_ERR_PQC_KEM : QTLS_ERR_SHARE_MALFORMED);
  }
  return QTLS_OK;
}

qtls_err q_crypto_mlkem_decapsulate(uint8_t secret[32], EVP_PKEY *key, q_span ciphertext) {
  size_t n = SECRET_SIZE;
  AUTO_CONTEXT ctx = EVP_PKEY_CTX_new(key, NULL);
  /* A wrong but well-formed ciphertext succeeds with another secret: implicit
   * rejection, FIPS 203 §6.3. */
  if (ctx == NULL || EVP_PKEY_decapsulate(ctx, secret, &n, ciphertext.p, ciphertext.n) != 1 ||
      n != SECRET_SIZE) {
    return q_crypto_fail(QTLS_ERR_PQC_KEM);
  }
  return QTLS_OK;
}
