/* Owns X25519 (RFC 7748). */
#include <openssl/curve25519.h>

#include "crypto/awslc.h"
#include "crypto/kem_parts.h"

qtls_err q_crypto_x25519_generate(uint8_t key[32], uint8_t share[32]) {
  X25519_keypair(share, key);
  return QTLS_OK;
}

qtls_err q_crypto_x25519(uint8_t secret[32], const uint8_t key[32], q_span peer) {
  /* 0 means the result is all zeros: the peer's point has a small order
   * (RFC 8446 §7.4.2). */
  if (X25519(secret, key, peer.p) != 1) {
    return q_crypto_fail(QTLS_ERR_SHARE_MALFORMED);
  }
  return QTLS_OK;
}
