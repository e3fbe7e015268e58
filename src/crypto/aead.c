/*
 * Owns authenticated encryption of records. The context lies in the caller's
 * q_aead; key schedules of AES-GCM and ChaCha20-Poly1305 use no heap.
 */
#include "crypto/aead.h"

#include <openssl/aead.h>

#include "crypto/awslc.h"

_Static_assert(sizeof(EVP_AEAD_CTX) <= sizeof((q_aead){0}.state), "q_aead holds EVP_AEAD_CTX");
_Static_assert(_Alignof(EVP_AEAD_CTX) <= _Alignof(uint64_t), "EVP_AEAD_CTX is aligned in q_aead");

static EVP_AEAD_CTX *context(q_aead *a) { return (EVP_AEAD_CTX *)(void *)a->state; }
static const EVP_AEAD_CTX *view(const q_aead *a) { return (const EVP_AEAD_CTX *)(const void *)a->state; }

static const EVP_AEAD *method(q_aead_alg alg) {
  switch (alg) {
    case Q_AEAD_AES128_GCM:
      return EVP_aead_aes_128_gcm();
    case Q_AEAD_AES256_GCM:
      return EVP_aead_aes_256_gcm();
    case Q_AEAD_CHACHA20_POLY1305:
      return EVP_aead_chacha20_poly1305();
  }
  return NULL;
}

size_t q_crypto_aead_key_size(q_aead_alg alg) { return alg == Q_AEAD_AES128_GCM ? 16 : 32; }

qtls_err q_crypto_aead_init(q_aead *a, q_aead_alg alg, q_span key) {
  const EVP_AEAD *aead = method(alg);
  if (aead == NULL || key.n != q_crypto_aead_key_size(alg)) {
    return QTLS_ERR_INTERNAL;
  }
  EVP_AEAD_CTX_zero(context(a));
  if (EVP_AEAD_CTX_init(context(a), aead, key.p, key.n, Q_AEAD_TAG, NULL) != 1) {
    q_wipe(a, sizeof *a);
    return q_crypto_fail(QTLS_ERR_CRYPTO);
  }
  return QTLS_OK;
}

void q_crypto_aead_wipe(q_aead *a) {
  EVP_AEAD_CTX_cleanup(context(a));
  q_wipe(a, sizeof *a);
}

qtls_err q_crypto_aead_seal(const q_aead *a, uint8_t *out, const uint8_t nonce[Q_AEAD_IV], q_span in,
                            q_span extra, q_span ad) {
  /* All three AEADs take `extra` after `in` without joining them first; it
   * comes out in front of the tag, so ciphertext and tag lie in one piece. */
  size_t tail = 0;
  if (EVP_AEAD_CTX_seal_scatter(view(a), out, out + in.n, &tail, extra.n + Q_AEAD_TAG, nonce, Q_AEAD_IV, in.p,
                                in.n, extra.p, extra.n, ad.p, ad.n) != 1 ||
      tail != extra.n + Q_AEAD_TAG) {
    q_wipe(out, in.n + extra.n + Q_AEAD_TAG);
    return q_crypto_fail(QTLS_ERR_CRYPTO);
  }
  return QTLS_OK;
}

qtls_err q_crypto_aead_open(const q_aead *a, uint8_t *inout, size_t *out_n, const uint8_t nonce[Q_AEAD_IV],
                            size_t n, q_span ad) {
  *out_n = 0;
  if (EVP_AEAD_CTX_open(view(a), inout, out_n, n, nonce, Q_AEAD_IV, inout, n, ad.p, ad.n) != 1) {
    *out_n = 0;
    q_wipe(inout, n);
    return q_crypto_fail(QTLS_ERR_RECORD_BAD_MAC);
  }
  return QTLS_OK;
}
