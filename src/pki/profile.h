/*
 * Owns what kind of certificate is issued for what role, and whether the issuer
 * may issue it: a certificate that verify.c would refuse is not made.
 */
#ifndef Q_PKI_PROFILE_H
#define Q_PKI_PROFILE_H

#include "pki/issue.h"
#include "qtls/pki.h"

/* The two keys of a party; `alt` is NULL when it is not hybrid. */
typedef struct q_key_pair {
  const q_privkey *key;
  const q_privkey *alt;
} q_key_pair;

/* Who gets the certificate. */
typedef struct q_subject {
  q_span spki;
  q_span alt_spki; /* empty: none */
  bool may_be_nameless; /* an end entity with names needs no common name */
} q_subject;

/* Errors as qtls_cert_issue names them. `issuer` is NULL for a self-signed one,
 * which `signer`, the subject's own keys, signs. */
QTLS_MUST_USE qtls_err q_pki_profile_issue(uint8_t **der, size_t *n, const qtls_cert_request *request,
                                           const q_subject *subject, const q_cert *issuer, q_key_pair signer);

/* What `request` says as it goes into a certificate or a request, but for its
 * subject and keys; QTLS_ERR_ARGUMENT. */
QTLS_MUST_USE qtls_err q_pki_profile_fill(q_issue *out, const qtls_cert_request *request);

/* Does the private key's public half stand in this SubjectPublicKeyInfo?
 * QTLS_ERR_KEY_MISMATCH. */
QTLS_MUST_USE qtls_err q_pki_key_belongs(const q_privkey *key, q_span spki);

#endif
