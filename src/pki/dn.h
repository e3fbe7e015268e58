/* Owns distinguished names as text (RFC 4514). */
#ifndef Q_PKI_DN_H
#define Q_PKI_DN_H

#include "pki/text.h"

/* A Name with its header; the last RDN comes first, as RFC 4514 §2.1 has it. */
void q_pki_dn_write(q_text *out, q_span name);

#endif
