/*
 * Owns what the key files share: the two key objects and the table of
 * algorithm identifiers. Included by this folder only.
 */
#ifndef Q_CRYPTO_KEY_PARTS_H
#define Q_CRYPTO_KEY_PARTS_H

#include <openssl/bytestring.h>
#include <openssl/evp.h>

#include "crypto/key.h"

#define Q_RSA_BITS_MIN 2048
#define Q_RSA_BITS_MAX 8192
#define Q_MLDSA_SEED 32

struct q_pubkey {
  q_key_type type;
  EVP_PKEY *pkey;
};

struct q_privkey {
  q_key_type type;
  EVP_PKEY *pkey;
  /* RSASSA-PSS: the parameters of its AlgorithmIdentifier, DER, for writing. */
  uint8_t *params;
  size_t params_n;
};

/* A row per kind of key. */
typedef struct q_key_row {
  q_key_type type;
  int nid;             /* AWS-LC's number: of the curve, or of the ML-DSA set */
  uint8_t oid_n;
  uint8_t oid[9];      /* of the algorithm */
  uint16_t expanded_n; /* ML-DSA: bytes of the expanded private key (FIPS 204 table 2) */
  uint16_t signature_n; /* ML-DSA: bytes of a signature */
} q_key_row;
const q_key_row *q_crypto_key_row(q_key_type type);

/*
 * Reads an AlgorithmIdentifier and says what kind of key it names:
 * QTLS_ERR_DECODE when it is malformed, QTLS_ERR_KEY_UNSUPPORTED when it is
 * unknown here or has parameters other than its kind demands. `params` takes
 * the parameters' bytes.
 */
QTLS_MUST_USE qtls_err q_crypto_key_identify(q_key_type *type, CBS *params, CBS *outer);

/* RSA: within bounds? QTLS_ERR_CERT_WEAK, QTLS_ERR_KEY_UNSUPPORTED. */
QTLS_MUST_USE qtls_err q_crypto_key_size_check(q_key_type type, const EVP_PKEY *pkey);

/* Takes over `pkey`, also when it fails. */
QTLS_MUST_USE qtls_err q_crypto_privkey_wrap(q_privkey **out, q_key_type type, EVP_PKEY *pkey);

#endif
