/*
 * Owns one link of a path: does an issuer's key verify this certificate's own
 * signature, or its alternative one? Must not look at anything but keys and
 * signatures.
 */
#ifndef Q_PKI_LINK_H
#define Q_PKI_LINK_H

#include "pki/cert.h"

/* A public key out of a certificate, with errors that name the certificate:
 * CERT_ALGORITHM for a kind that is not known, CERT_WEAK, CERT_PARSE. */
QTLS_MUST_USE qtls_err q_pki_link_key(q_pubkey **out, q_span spki);

/* CERT_SIGNATURE (classical) or CERT_ALT_SIGNATURE (ML-DSA) when it is wrong;
 * CERT_WEAK, CERT_ALGORITHM, CERT_PARSE for its algorithm. */
QTLS_MUST_USE qtls_err q_pki_link_primary(const q_cert *child, const q_pubkey *issuer);

/* CERT_ALT_MISSING without 73 and 74, CERT_ALT_SIGNATURE when wrong or made
 * with another algorithm than the issuer's alternative key (Q-TLS §4). */
QTLS_MUST_USE qtls_err q_pki_link_alternative(const q_cert *child, const q_pubkey *issuer_alt);

/* The same for whatever else is signed as certificates are: `what` by `algorithm`. */
QTLS_MUST_USE qtls_err q_pki_link_signed(q_span algorithm, q_span what, q_span signature, const q_pubkey *key);
QTLS_MUST_USE qtls_err q_pki_link_alt_signed(q_span algorithm, q_span what, q_span signature, const q_pubkey *alt_key);

#endif
