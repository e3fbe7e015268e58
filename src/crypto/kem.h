/*
 * Owns the key exchange primitives, each in the form of a KEM (RFC 9954 §2):
 * generate, encapsulate, decapsulate. For ECDH, encapsulation makes an
 * ephemeral key and the ciphertext is its public point. ML-KEM: FIPS 203 with
 * its input checks. X25519: RFC 7748, an all-zero result is refused. NIST
 * curves: uncompressed points, checked to be on the curve (RFC 8446 §4.2.8.2).
 */
#ifndef Q_CRYPTO_KEM_H
#define Q_CRYPTO_KEM_H

#include "base/secret.h"
#include "registry/registry.h"

typedef struct q_kem_key q_kem_key; /* a private key, wiped when freed */

/* A fresh key; its public share (client_share bytes) goes to `share`. */
QTLS_MUST_USE qtls_err q_crypto_kem_generate(q_kem_key **key, uint8_t *share, q_kex_alg alg);

/* To the peer's share: own share (server_share bytes) to `share`, and the
 * shared secret appended to `secret`. A share of wrong length or content:
 * QTLS_ERR_SHARE_MALFORMED; a failure inside ML-KEM: QTLS_ERR_PQC_KEM. */
QTLS_MUST_USE qtls_err q_crypto_kem_encapsulate(q_secret *secret, uint8_t *share, q_kex_alg alg, q_span peer);

/* The other side of it: appended to `secret`. Errors as above. */
QTLS_MUST_USE qtls_err q_crypto_kem_decapsulate(q_secret *secret, const q_kem_key *key, q_span peer);

void q_crypto_kem_free(q_kem_key *key); /* NULL is fine */

#endif
