/* Owns distinguished names as text (RFC 4514). */
#ifndef Q_PKI_DN_H
#define Q_PKI_DN_H

#include "pki/oid.h"

/* A Name with its header; the last RDN comes first, as RFC 4514 §2.1 has it. */
void q_pki_dn_write(q_text *out, q_span name);

/* The last attribute of this type as UTF-8, untamed; false if there is none, or
 * it is no string. `out` is empty before. */
bool q_pki_dn_find(q_text *out, q_span name, q_oid type);

#endif
