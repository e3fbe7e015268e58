/* Owns HMAC (RFC 2104). The context lies in the caller's q_hmac: no heap. */
#include "crypto/hmac.h"

#include <openssl/hmac.h>

#include "crypto/awslc.h"

_Static_assert(sizeof(HMAC_CTX) <= sizeof((q_hmac){0}.state), "q_hmac holds HMAC_CTX");
_Static_assert(_Alignof(HMAC_CTX) <= _Alignof(uint64_t), "HMAC_CTX is aligned in q_hmac");

static HMAC_CTX *context(q_hmac *h) { return (HMAC_CTX *)(void *)h->state; }

void q_crypto_hmac_wipe(q_hmac *h) { q_wipe(h, sizeof *h); }

qtls_err q_crypto_hmac_key(q_hmac *h, q_hash_alg alg, q_span key) {
  static const uint8_t nothing[1];
  h->alg = alg;
  HMAC_CTX_init(context(h));
  /* A NULL key would mean "the key set before": the empty key needs a place. */
  const uint8_t *at = key.n > 0 ? key.p : nothing;
  if (HMAC_Init_ex(context(h), at, key.n, q_crypto_md(alg), NULL) != 1) {
    q_crypto_hmac_wipe(h);
    return q_crypto_fail(QTLS_ERR_CRYPTO);
  }
  return QTLS_OK;
}

qtls_err q_crypto_hmac(q_hmac *h, uint8_t out[Q_HASH_MAX], const q_span *parts, size_t count) {
  HMAC_CTX *ctx = context(h);
  /* Back to the state just after the key: a copy, no block is computed. */
  int ok = HMAC_Init_ex(ctx, NULL, 0, NULL, NULL);
  for (size_t i = 0; ok == 1 && i < count; i++) {
    if (parts[i].n > 0) {
      ok = HMAC_Update(ctx, parts[i].p, parts[i].n);
    }
  }
  unsigned n = 0;
  if (ok != 1 || HMAC_Final(ctx, out, &n) != 1 || n != q_crypto_hash_size(h->alg)) {
    return q_crypto_fail(QTLS_ERR_CRYPTO);
  }
  return QTLS_OK;
}
