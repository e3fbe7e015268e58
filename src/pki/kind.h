/*
 * Owns the kinds of key pairs that identities and authorities are made of, by
 * name: one key, or a classical and an ML-DSA one (Q-TLS §4).
 */
#ifndef Q_PKI_KIND_H
#define Q_PKI_KIND_H

#include "crypto/key.h"

typedef struct q_kind {
  const char *name;
  q_key_type key;
  unsigned rsa_bits; /* of an RSA key, else 0 */
  q_key_type alt;    /* Q_KEY_NONE: not hybrid */
  const char *about;
} q_kind;

const q_kind *q_pki_kind_at(size_t i); /* NULL past the end; the first is the default */
const q_kind *q_pki_kind_find(const char *name); /* NULL if unknown; aliases too */

/* A key of the kind, and its alternative one or NULL. */
QTLS_MUST_USE qtls_err q_pki_kind_generate(q_privkey **key, q_privkey **alt, const q_kind *kind);

/* PKCS#8 PEM in a fresh q_alloc block, classical first (Q-TLS §4); *n without
 * the final zero that is there too. `alt` may be NULL. */
QTLS_MUST_USE qtls_err q_pki_kind_pem(char **pem, size_t *n, const q_privkey *key, const q_privkey *alt);

#endif
