/* Owns files of private keys: one PKCS#8 key or two, in the clear or under a
 * pass phrase, with certificates beside them. */
#ifndef Q_PKI_KEYFILE_H
#define Q_PKI_KEYFILE_H

#include "crypto/key.h"
#include "crypto/pbes.h"

#define Q_PKI_KEYS_MAX 2 /* classical, and alternative */

/* The private keys of a PEM text, in its order. `phrase` is empty if there is
 * none: then QTLS_ERR_KEY_ENCRYPTED for a block that needs one. On error too, the
 * caller frees what stands in `keys`. */
QTLS_MUST_USE qtls_err q_pki_keys_open(q_privkey *keys[Q_PKI_KEYS_MAX], size_t *count, size_t *line, q_span pem,
                                       q_span phrase, const q_pbes_limits *limits);

/* PKCS#8 PEM in a fresh q_alloc block, each key encrypted; `alt` may be NULL. *n
 * without the final zero that is there too. */
QTLS_MUST_USE qtls_err q_pki_keys_seal(char **pem, size_t *n, const q_privkey *key, const q_privkey *alt,
                                       q_span phrase, uint32_t rounds);

#endif
