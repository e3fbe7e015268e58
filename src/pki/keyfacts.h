/*
 * Owns the public facts of a private key: its type and the form it was written
 * in (RFC 9881 §6). Must not give out a byte of it.
 */
#ifndef Q_PKI_KEYFACTS_H
#define Q_PKI_KEYFACTS_H

#include "crypto/key.h"
#include "pki/doc.h"

/* "seed", "expanded" or "both" for PKCS#8 of ML-DSA; NULL for others. */
const char *q_pki_key_form(q_span pkcs8);

/* A PKCS#8 key into the object that is open, or the error it gives. */
void q_pki_key_describe(q_doc *d, q_span pkcs8);

#endif
