/*
 * Owns signing and verifying with one primitive. ECDSA signatures are DER here
 * (as in certificates and plain CertificateVerify); the fixed r||s form of the
 * hybrid body is converted by the two functions at the end. ML-DSA is pure with
 * the empty context (FIPS 204 §5.2). RSA-PSS has a salt of the hash's length.
 */
#ifndef Q_CRYPTO_SIGN_H
#define Q_CRYPTO_SIGN_H

#include "crypto/key.h"

/* The longest signature: ML-DSA-87, bytes. */
#define Q_SIGNATURE_MAX 4627

/* Length in bytes that a signature by this key can have at most. */
size_t q_crypto_signature_max(const q_privkey *key);
/* The exact length of ML-DSA signatures (2420, 3309, 4627); 0 for other types. */
size_t q_crypto_mldsa_signature_size(q_key_type type);

/* Sign `message` (not its digest). `cap` is checked; *n is set. */
QTLS_MUST_USE qtls_err q_crypto_sign(const q_privkey *key, uint8_t *sig, size_t *n, size_t cap, q_sig_alg alg,
                                     q_span message);

/* QTLS_OK only when the key fits the algorithm and the signature is right;
 * anything else is QTLS_ERR_SIG_CLASSICAL, or QTLS_ERR_SIG_PQC for ML-DSA. The
 * caller renames the error to fit its place. */
QTLS_MUST_USE qtls_err q_crypto_verify(const q_pubkey *key, q_sig_alg alg, q_span message, q_span sig);

/* ECDSA DER <-> r||s of 2 * `half` bytes (half = 48 for P-384).
 * QTLS_ERR_DECODE when the DER is not strict or a number is too long. */
QTLS_MUST_USE qtls_err q_crypto_ecdsa_to_raw(uint8_t *raw, size_t half, q_span der);
/* `der` needs 2 * half + 9 bytes of room at most. */
QTLS_MUST_USE qtls_err q_crypto_ecdsa_to_der(uint8_t *der, size_t *n, size_t cap, q_span raw);

#endif
