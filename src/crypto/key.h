/*
 * Owns public and private signature keys: reading, writing, generating them.
 * Public keys come as SubjectPublicKeyInfo (RFC 5280 §4.1.2.7; ML-DSA: RFC
 * 9881, NIST OIDs only), private keys as PKCS#8 (RFC 5208; ML-DSA in all three
 * forms of RFC 9881 §6: seed, expanded, both - and both must agree). RSA keys
 * below 2048 bits and parameters other than named curves are refused.
 */
#ifndef Q_CRYPTO_KEY_H
#define Q_CRYPTO_KEY_H

#include "base/secret.h"
#include "registry/registry.h"

typedef struct q_pubkey q_pubkey;
typedef struct q_privkey q_privkey;

/* One DER SubjectPublicKeyInfo and nothing after it. Errors:
 * QTLS_ERR_KEY_UNSUPPORTED (an algorithm not known here), QTLS_ERR_CERT_WEAK
 * (RSA too short), QTLS_ERR_CERT_PARSE. */
QTLS_MUST_USE qtls_err q_crypto_pubkey_from_spki(q_pubkey **out, q_span spki);
void q_crypto_pubkey_free(q_pubkey *key);
q_key_type q_crypto_pubkey_type(const q_pubkey *key);
unsigned q_crypto_pubkey_bits(const q_pubkey *key); /* RSA modulus, curve order, 0 for ML-DSA */

/* One DER PKCS#8 PrivateKeyInfo. QTLS_ERR_KEY_FORMAT, _KEY_UNSUPPORTED, _KEY_SEED_MISMATCH, _CERT_WEAK. */
QTLS_MUST_USE qtls_err q_crypto_privkey_from_pkcs8(q_privkey **out, q_span der);
/* `rsa_bits` only for Q_KEY_RSA (2048-8192). */
QTLS_MUST_USE qtls_err q_crypto_privkey_generate(q_privkey **out, q_key_type type, unsigned rsa_bits);
void q_crypto_privkey_free(q_privkey *key);
q_key_type q_crypto_privkey_type(const q_privkey *key);

/* DER into a fresh q_alloc block that the caller frees. PKCS#8 of ML-DSA holds
 * the seed when the key has one. */
QTLS_MUST_USE qtls_err q_crypto_privkey_to_pkcs8(const q_privkey *key, uint8_t **der, size_t *n);
QTLS_MUST_USE qtls_err q_crypto_privkey_to_spki(const q_privkey *key, uint8_t **der, size_t *n);

#endif
