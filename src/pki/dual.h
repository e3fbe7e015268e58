/*
 * Owns the two signatures under what authorities sign besides certificates,
 * revocation lists and OCSP responses: their own, as ever, and the alternative
 * one in extensions 73 and 74 (Q-TLS §4). Makes and checks both.
 */
#ifndef Q_PKI_DUAL_H
#define Q_PKI_DUAL_H

#include "pki/profile.h"

typedef struct q_dual {
  q_span covered; /* by the own signature, with its header */
  q_span algorithm;
  q_span signature;
  q_span alt_algorithm; /* 73 and 74; empty when they are not there */
  q_span alt_signature;
} q_dual;

/* Who may have signed: an issuer of certificates, or a responder of its. */
typedef struct q_dual_signer {
  const q_cert *cert;
  const q_pubkey *key; /* NULL: it cannot be used */
  const q_pubkey *alt_key;
} q_dual_signer;

/* CERT_SIGNATURE, CERT_ALT_SIGNATURE, CERT_WEAK, ... as link.h. */
QTLS_MUST_USE qtls_err q_pki_dual_own(const q_dual *d, const q_pubkey *key);

/* The algorithm of its own signature, or of the alternative one, for people; NULL: none. */
const char *q_pki_dual_algorithm(const q_dual *d, bool alternative);

/* Both keys belong to this certificate, and none is lacking. QTLS_ERR_KEY_MISMATCH. */
QTLS_MUST_USE qtls_err q_pki_dual_belongs(q_key_pair keys, const q_cert *cert);

#endif
