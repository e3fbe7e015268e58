/*
 * Owns who a peer is, as the words of its certificate: small, in one block, for
 * as long as a connection. Must not judge anything.
 */
#ifndef Q_PKI_PEER_H
#define Q_PKI_PEER_H

#include "pki/cert.h"

typedef struct q_peer {
  const char *subject, *issuer;     /* RFC 4514 */
  const char *serial, *spki_sha256; /* hexadecimal, lower case */
  const char *const *names;         /* "DNS:...", "IP:...", ... */
  size_t name_count;
  int64_t not_after;
} q_peer;

/* One q_alloc block, to be given back with q_free. */
QTLS_MUST_USE qtls_err q_pki_peer_make(q_peer **out, const q_cert *leaf);

#endif
