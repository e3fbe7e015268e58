/*
 * Owns the names that people give for certificates: "localhost", "IP:127.0.0.1",
 * "email:ops@example.com", "URI:spiffe://example.com/web"; and the bases of name
 * constraints: "DNS:example.com", "IP:192.0.2.0/24". What could not stand in a
 * certificate, or would be read differently by different verifiers, is refused.
 */
#ifndef Q_PKI_ISSUE_NAMES_H
#define Q_PKI_ISSUE_NAMES_H

#include "pki/der.h"
#include "pki/names.h"

typedef struct q_typed_name {
  unsigned type; /* Q_GENERAL_* */
  q_span text;   /* views what was typed; unless it is an address */
  uint8_t ip[32];
  size_t ip_n;   /* 4 or 16; with its mask 8 or 32 */
} q_typed_name;

/* A name of subjectAltName. Without a prefix: an address, else a DNS name. */
bool q_pki_typed_name(q_typed_name *out, const char *text);

/* The base of a name constraint (RFC 5280 §4.2.1.10); the prefix is needed. */
bool q_pki_typed_subtree(q_typed_name *out, const char *text);

/* A URL that stands in AIA or CDP: http, a host, printable ASCII (RFC 3986). */
bool q_pki_typed_url(const char *text);

/* As a GeneralName. */
QTLS_MUST_USE bool q_pki_typed_write(CBB *out, const q_typed_name *name);

#endif
