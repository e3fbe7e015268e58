/*
 * Owns the AlgorithmIdentifiers of certificate signatures (RFC 5280 §4.1.1.2,
 * RFC 5758, RFC 8410, RFC 4055, RFC 9881). Must not verify anything.
 */
#ifndef Q_PKI_ALGORITHM_H
#define Q_PKI_ALGORITHM_H

#include "pki/der.h"
#include "registry/registry.h"

typedef struct q_algorithm {
  q_sig_alg alg;
  q_key_type key; /* Q_KEY_NONE for ECDSA, whose curve the key tells */
} q_algorithm;

/* One AlgorithmIdentifier. QTLS_ERR_CERT_WEAK for SHA-1 and MD5,
 * QTLS_ERR_CERT_ALGORITHM for what is not known, QTLS_ERR_CERT_PARSE for
 * parameters that do not belong there. */
QTLS_MUST_USE qtls_err q_pki_algorithm_read(q_algorithm *out, q_span der);

/* May a key of this type make signatures of this algorithm? */
bool q_pki_algorithm_fits(const q_algorithm *a, q_key_type key);

/* The algorithm that a CA's key signs certificates with. */
q_sig_alg q_pki_algorithm_of_key(q_key_type key);
QTLS_MUST_USE bool q_pki_algorithm_write(CBB *out, q_sig_alg alg, q_key_type key);

/* Name for people, of whatever stands in the identifier. */
const char *q_pki_algorithm_name(q_span der);

#endif
