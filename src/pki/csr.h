/*
 * Owns certificate signing requests (PKCS #10, RFC 2986): reading them, proving
 * that whoever made one holds its keys, and making them. A hybrid request carries
 * its alternative key and signature as attributes 72-74 (Q-TLS §4), as Bouncy
 * Castle writes them.
 */
#ifndef Q_PKI_CSR_H
#define Q_PKI_CSR_H

#include "pki/issue.h"

typedef struct q_csr {
  q_span der;
  q_span info;      /* CertificationRequestInfo with its header: what is signed */
  q_span subject;   /* Name with its header */
  q_span spki;      /* SubjectPublicKeyInfo with its header */
  q_span sig_alg;   /* AlgorithmIdentifier with its header */
  q_span signature; /* content of the BIT STRING */
  /* Attributes; an absent one is {NULL, 0}, or false. */
  q_span alt_spki;      /* 72: SubjectPublicKeyInfo with its header */
  q_span alt_sig_alg;   /* 73: AlgorithmIdentifier with its header */
  q_span alt_signature; /* 74: content of the BIT STRING */
  q_span san;           /* of extensionRequest: GeneralNames, content of the SEQUENCE */
  bool is_ca;
  bool must_staple;
} q_csr;

/* The most attributes one request may have: a bound on work. */
#define Q_PKI_ATTRIBUTES_MAX 40

/* Parse one request and nothing after it: strict DER; nothing is proved yet.
 * QTLS_ERR_CSR_PARSE. */
QTLS_MUST_USE qtls_err q_pki_csr_parse(q_csr *out, q_span der);

/* Proof of possession by every key in it. QTLS_ERR_CSR_SIGNATURE,
 * QTLS_ERR_CSR_ALT_SIGNATURE (also when 72, 73 and 74 are not all there, or not of
 * each other), QTLS_ERR_CERT_WEAK, QTLS_ERR_CERT_ALGORITHM. */
QTLS_MUST_USE qtls_err q_pki_csr_prove(const q_csr *csr);

/* A request for what->subject, what->spki and what->alt_spki, signed by what->key
 * and what->alt_key, that asks for names, authority, usage and must-staple, in a
 * fresh q_alloc block. QTLS_ERR_ARGUMENT as q_pki_issue. */
QTLS_MUST_USE qtls_err q_pki_csr_make(uint8_t **der, size_t *n, const q_issue *what);

#endif
