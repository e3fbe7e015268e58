/*
 * Owns ECDH on the NIST curves (SP 800-56A, RFC 8446 §4.2.8.2, §7.4.2). Points
 * are uncompressed; the secret is the x-coordinate at its full length.
 */
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/ecdh.h>

#include "crypto/awslc.h"
#include "crypto/kem_parts.h"

static const EC_GROUP *curve(q_kex_alg alg) {
  switch (alg) {
    case Q_KEX_P256:
      return EC_group_p256();
    case Q_KEX_P384:
      return EC_group_p384();
    case Q_KEX_P521:
      return EC_group_p521();
    default:
      return NULL;
  }
}

void q_crypto_ecdh_free(EC_KEY *key) { EC_KEY_free(key); }

qtls_err q_crypto_ecdh_generate(EC_KEY **key, uint8_t *share, q_kex_alg alg) {
  const EC_GROUP *group = curve(alg);
  size_t n = q_kex_size_of(alg).client_share;
  *key = EC_KEY_new();
  if (*key == NULL || EC_KEY_set_group(*key, group) != 1 || EC_KEY_generate_key(*key) != 1 ||
      EC_POINT_point2oct(group, EC_KEY_get0_public_key(*key), POINT_CONVERSION_UNCOMPRESSED, share, n, NULL) !=
          n) {
    return q_crypto_fail(QTLS_ERR_CRYPTO);
  }
  return QTLS_OK;
}

qtls_err q_crypto_ecdh(uint8_t *secret, const EC_KEY *key, q_kex_alg alg, q_span peer) {
  const EC_GROUP *group = curve(alg);
  size_t n = q_kex_size_of(alg).secret;
  /* 4: uncompressed; RFC 8446 §4.2.8.2 knows no other form. */
  if (peer.n != 2 * n + 1 || peer.p[0] != 4) {
    return QTLS_ERR_SHARE_MALFORMED;
  }
  EC_POINT *point = EC_POINT_new(group);
  if (point == NULL) {
    return q_crypto_fail(QTLS_ERR_NO_MEMORY);
  }
  qtls_err err = QTLS_ERR_SHARE_MALFORMED;
  /* oct2point refuses coordinates out of range and points off the curve. The
   * curves have cofactor 1 and infinity has no such encoding: the product is
   * then never infinity. */
  if (EC_POINT_oct2point(group, point, peer.p, peer.n, NULL) == 1) {
    err = ECDH_compute_key(secret, n, point, key, NULL) == (int)n ? QTLS_OK : QTLS_ERR_CRYPTO;
  }
  EC_POINT_free(point);
  return err == QTLS_OK ? QTLS_OK : q_crypto_fail(err);
}
