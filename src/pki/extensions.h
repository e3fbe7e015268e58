/*
 * Owns the reading of X.509 extensions (RFC 5280 §4.2) into a q_cert, and the
 * walk over them. Unknown critical ones are noted, not judged: verify.c does.
 */
#ifndef Q_PKI_EXTENSIONS_H
#define Q_PKI_EXTENSIONS_H

#include "pki/cert.h"
#include "pki/der.h"

/* The most extensions one certificate may have: a bound on work. */
#define Q_PKI_EXTENSIONS_MAX 40

typedef struct q_extension {
  q_oid oid;
  q_span id; /* content of the OBJECT IDENTIFIER */
  bool critical;
  q_span value; /* content of the OCTET STRING */
  q_span whole; /* the Extension with its header */
} q_extension;

/* Take one Extension off the content of Extensions. */
bool q_pki_extension_next(CBS *in, q_extension *out);

/* Extensions one after another, no type twice and no more than the bound. */
typedef struct q_extension_walk {
  CBS rest;
  size_t count;
  q_span seen[Q_PKI_EXTENSIONS_MAX];
  bool twice; /* it ended at a type that was there before, which is in *out */
} q_extension_walk;
bool q_pki_extension_walk(q_extension_walk *walk, q_extension *out);

/* The key identifier of an AuthorityKeyIdentifier, empty if it has none (RFC 5280
 * §4.2.1.1); authorityCertIssuer and -SerialNumber are passed over. */
bool q_pki_authority_key_id(q_span *out, q_span value);

/* Read the content of the Extensions SEQUENCE. */
QTLS_MUST_USE qtls_err q_pki_extensions_read(q_cert *out, q_span content);

#endif
