/*
 * Owns the three-function face of key exchange: which primitive, sizes, and
 * what a caller is told. The primitives lie in ecdh.c, x25519.c and mlkem.c.
 */
#include "crypto/kem.h"

#include "crypto/kem_parts.h"

static bool is_nist(q_kex_alg alg) { return alg == Q_KEX_P256 || alg == Q_KEX_P384 || alg == Q_KEX_P521; }

void q_crypto_kem_free(q_kem_key *key) {
  if (key == NULL) {
    return;
  }
  q_crypto_ecdh_free(key->ec);
  q_crypto_mlkem_free(key->mlkem);
  q_free(key);
}

qtls_err q_crypto_kem_generate(q_kem_key **key, uint8_t *share, q_kex_alg alg) {
  *key = NULL;
  q_kem_key *fresh = q_alloc(sizeof *fresh);
  if (fresh == NULL) {
    return QTLS_ERR_NO_MEMORY;
  }
  fresh->alg = alg;
  qtls_err err = QTLS_ERR_INTERNAL;
  if (q_kex_is_mlkem(alg)) {
    err = q_crypto_mlkem_generate(&fresh->mlkem, share, alg);
  } else if (is_nist(alg)) {
    err = q_crypto_ecdh_generate(&fresh->ec, share, alg);
  } else if (alg == Q_KEX_X25519) {
    err = q_crypto_x25519_generate(fresh->x25519, share);
  }
  if (err != QTLS_OK) {
    q_crypto_kem_free(fresh);
    return err;
  }
  *key = fresh;
  return QTLS_OK;
}

qtls_err q_crypto_kem_encapsulate(q_secret *secret, uint8_t *share, q_kex_alg alg, q_span peer) {
  q_kex_size size = q_kex_size_of(alg);
  if (size.secret == 0 || size.secret > Q_SECRET_MAX - secret->n) {
    return QTLS_ERR_INTERNAL;
  }
  if (peer.n != size.client_share) {
    return QTLS_ERR_SHARE_MALFORMED;
  }
  uint8_t *at = secret->b + secret->n;
  qtls_err err = QTLS_ERR_INTERNAL;
  if (q_kex_is_mlkem(alg)) {
    err = q_crypto_mlkem_encapsulate(at, share, alg, peer);
  } else {
    /* ECDH as a KEM: an ephemeral key whose public half is the ciphertext. */
    q_kem_key *own = NULL;
    err = q_crypto_kem_generate(&own, share, alg);
    if (err == QTLS_OK) {
      err = is_nist(alg) ? q_crypto_ecdh(at, own->ec, alg, peer) : q_crypto_x25519(at, own->x25519, peer);
    }
    q_crypto_kem_free(own);
  }
  if (err != QTLS_OK) {
    q_wipe(at, size.secret);
    return err;
  }
  secret->n = (uint8_t)(secret->n + size.secret);
  return QTLS_OK;
}

qtls_err q_crypto_kem_decapsulate(q_secret *secret, const q_kem_key *key, q_span peer) {
  q_kex_size size = q_kex_size_of(key->alg);
  if (size.secret == 0 || size.secret > Q_SECRET_MAX - secret->n) {
    return QTLS_ERR_INTERNAL;
  }
  if (peer.n != size.server_share) {
    return QTLS_ERR_SHARE_MALFORMED;
  }
  uint8_t *at = secret->b + secret->n;
  qtls_err err = QTLS_ERR_INTERNAL;
  if (q_kex_is_mlkem(key->alg)) {
    err = q_crypto_mlkem_decapsulate(at, key->mlkem, peer);
  } else if (is_nist(key->alg)) {
    err = q_crypto_ecdh(at, key->ec, key->alg, peer);
  } else {
    err = q_crypto_x25519(at, key->x25519, peer);
  }
  if (err != QTLS_OK) {
    q_wipe(at, size.secret);
    return err;
  }
  secret->n = (uint8_t)(secret->n + size.secret);
  return QTLS_OK;
}
