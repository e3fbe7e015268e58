/*
 * Owns an identity: a certificate chain and its private key, or both private
 * keys of a hybrid one. Checked when loaded: every key belongs to its place in
 * the leaf, the leaf may sign. Shared read-only afterwards.
 */
#ifndef Q_PKI_IDENTITY_H
#define Q_PKI_IDENTITY_H

#include "pki/verify.h"

typedef struct q_identity {
  uint32_t owners; /* atomic */
  uint8_t *der[Q_PKI_CHAIN_MAX]; /* leaf first */
  size_t der_n[Q_PKI_CHAIN_MAX];
  size_t count;
  q_cert leaf;          /* views der[0] */
  q_key_type key_type;  /* of the leaf's own key */
  q_key_type alt_type;  /* of its alternative key, or Q_KEY_NONE */
  q_privkey *key;       /* NULL: an outside signer holds it */
  q_privkey *alt_key;   /* NULL: none, or an outside signer */
  bool chain_has_alt;   /* every certificate of the chain carries 72-74 */
} q_identity;

/*
 * `chain_pem`: certificates, leaf first. `key_pem`: one PKCS#8 key, or for a
 * hybrid leaf two, classical first (§4); empty when an outside signer holds the
 * keys. A hybrid leaf with only its classical key works as a classical
 * identity. *line: where a PEM is wrong, 0 if not known.
 */
QTLS_MUST_USE qtls_err q_pki_identity_load(q_identity **out, size_t *line, q_span chain_pem, q_span key_pem);
/* Count one more owner; each gives it back with q_pki_identity_free. */
q_identity *q_pki_identity_ref(q_identity *id);
void q_pki_identity_free(q_identity *id);

/* The certificates alone: keys and their types are left open, and nothing is
 * asked of the leaf. */
QTLS_MUST_USE qtls_err q_pki_chain_load(q_identity **out, size_t *line, q_span chain_pem);

/* The one or two private keys of a PEM text, in its order. On error too, the
 * caller frees what stands in `keys`. */
QTLS_MUST_USE qtls_err q_pki_keys_load(q_privkey *keys[2], size_t *count, size_t *line, q_span pem);

/* Can this identity sign with `scheme`? (key types fit; hybrid needs both) */
bool q_pki_identity_can(const q_identity *id, const q_scheme *scheme);

#endif
